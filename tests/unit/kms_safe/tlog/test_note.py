# SPDX-License-Identifier: Apache-2.0
import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skm_common.tlog import (
    Checkpoint,
    CheckpointError,
    NoteError,
    Verifier,
    format_verifier_key,
    key_id,
    open_checkpoint,
    open_note,
    parse_verifier_key,
    sign_note,
)
from skm_kms.crypto import verify_ed25519

# The published example of the note format (Go's sumdb/note, which C2SP signed-note specifies).
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SIGNED = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
VERIFIER = Verifier("skm.dev/log", PUBLIC, verify_ed25519)


def test_the_published_example_opens_under_its_published_key():
    verifier = parse_verifier_key(PETER, verify_ed25519)
    assert open_note(SIGNED.encode(), verifier) == SIGNED.partition("\n\n")[0] + "\n"
    assert format_verifier_key(verifier.name, verifier.public_key) == PETER
    assert verifier.key_id.hex() == "c74f20a3"


def test_a_changed_word_of_the_example_is_refused():
    verifier = parse_verifier_key(PETER, verify_ed25519)
    with pytest.raises(NoteError, match="does not verify"):
        open_note(SIGNED.replace("answer", "problem", 1).encode(), verifier)


def signed(text: str = "text\n", name: str = "skm.dev/log", key: Ed25519PrivateKey = KEY) -> bytes:
    return sign_note(text, name, key.public_key().public_bytes_raw(), key.sign)


def test_other_signatures_are_passed_over():
    other = Ed25519PrivateKey.generate()
    witness = signed(name="witness", key=other).partition(b"\n\n")[2]
    assert open_note(signed() + witness, VERIFIER) == "text\n"
    same_name = signed(key=other).partition(b"\n\n")[2]
    assert open_note(signed() + same_name, VERIFIER) == "text\n"


def test_a_bad_signature_of_the_trusted_key_spoils_the_note():
    forged = base64.b64encode(key_id("skm.dev/log", PUBLIC) + bytes(64)).decode()
    note = signed() + f"\N{EM DASH} skm.dev/log {forged}\n".encode()
    with pytest.raises(NoteError, match="does not verify"):
        open_note(note, VERIFIER)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        signed()[:-1],
        signed().replace(b"\n\n", b"\n"),
        signed().replace("\N{EM DASH}".encode(), b"-"),
        signed().replace(b"text", b"te\x00xt"),
        signed().replace(b"text", b"te\xffxt"),
        signed() + b"\xe2\x80\x94 skm.dev/log AAAA\n",
        signed() + b"\xe2\x80\x94 skm.dev/log !!!!\n",
        signed() + signed().partition(b"\n\n")[2] * 40,
        signed("x" * 70_000 + "\n"),
        signed(name="other"),
    ],
)
def test_what_is_no_note_of_the_key_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, VERIFIER)


@pytest.mark.parametrize("text", ["no newline", "tab\there\n"])
def test_a_text_that_makes_no_note_is_not_signed(text):
    with pytest.raises(NoteError, match="newline"):
        signed(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b"])
def test_a_name_that_makes_no_note_is_not_signed(name):
    with pytest.raises(NoteError, match="key name"):
        signed(name=name)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a+b",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER[:-4],
        PETER.replace("+ARpc", "+AhpcR"),
    ],
)
def test_a_damaged_verifier_key_is_refused(line):
    with pytest.raises(NoteError):
        parse_verifier_key(line, verify_ed25519)


def test_a_checkpoint_survives_signing():
    head = Checkpoint("skm.dev/log", 2**40, b"\x09" * 32)
    assert open_checkpoint(head.sign(PUBLIC, KEY.sign), VERIFIER) == head


def test_a_checkpoint_of_another_log_is_refused():
    text = Checkpoint("skm.dev/other", 1, bytes(32)).text()
    with pytest.raises(CheckpointError, match="of the log"):
        open_checkpoint(signed(text), VERIFIER)


@pytest.mark.parametrize(
    "text",
    [
        "skm.dev/log\n1\n",
        "skm.dev/log\n01\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "skm.dev/log\n-1\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "skm.dev/log\n\u0661\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "skm.dev/log\n1\nAAAA\n",
        "skm.dev/log\n1\n????\n",
        "\n1\n" + base64.b64encode(bytes(32)).decode() + "\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(CheckpointError):
        open_checkpoint(signed(text), VERIFIER)


def test_extension_lines_are_passed_over():
    text = Checkpoint("skm.dev/log", 1, bytes(32)).text() + "extension\n"
    assert open_checkpoint(signed(text), VERIFIER).size == 1
