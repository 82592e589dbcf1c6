# SPDX-License-Identifier: Apache-2.0
"""What an author may write, and what the refusal says of anything else."""

import pytest

from skm_common import names
from skm_injector.webhook.annotations import MOST_KEYS, KeyRequest, parse
from skm_injector.webhook.errors import Check, RefusalError


def wishes(**annotations):
    marks = {f"skm.dev/{name.replace('_', '-')}": text for name, text in annotations.items()}
    return parse({"other.example/x": "y", **marks}, {})


def refusal(annotations, labels=()):
    with pytest.raises(RefusalError) as caught:
        parse(annotations, labels)
    return caught.value


def test_a_pod_without_our_annotations_asks_for_nothing():
    assert parse({"other.example/inject": "x"}, {"app": "x"}) is None


def test_defaults():
    found = wishes(inject="orders/orders-db")
    assert found.keys == (KeyRequest("orders", "orders-db"),)
    assert found.path == names.DEFAULT_PATH
    assert found.containers is None
    assert found.on_denied == "wipe"


def test_several_keys_with_and_without_their_keystore():
    found = wishes(inject="orders/orders-db, token")
    assert found.keys == (KeyRequest("orders", "orders-db"), KeyRequest(None, "token"))


def test_everything_that_is_served_can_be_written():
    found = wishes(
        inject="orders-db",
        mode="file",
        path="/srv/secrets",
        containers="app, log,app",
        lifecycle="sidecar",
        on_change="none",
        on_denied="keep",
        run_as_same_user="false",
        created_labels="whatever the author wrote",
    )
    assert found.path == "/srv/secrets"
    assert found.containers == ("app", "log")
    assert found.on_denied == "keep"


@pytest.mark.parametrize(
    ("name", "text", "instead"),
    [
        (names.MODE, "env", "skm.dev/mode: file"),
        (names.MODE, "both", "skm.dev/mode: file"),
        (names.LIFECYCLE, "init", "skm.dev/lifecycle: sidecar"),
        (names.ON_CHANGE, "restart", "skm.dev/on-change: none"),
        (names.ON_CHANGE, "signal:HUP", "skm.dev/on-change: none"),
        (names.RUN_AS_SAME_USER, "true", "skm.dev/run-as-same-user: false"),
        (names.ENV, "PGPASSWORD=orders-db.password", "remove it"),
        ("skm.dev/template..pgpass", "x", "remove it"),
    ],
)
def test_what_is_to_come_is_refused_by_name(name, text, instead):
    found = refusal({names.INJECT: "a/b", name: text})
    assert found.check is Check.ANNOTATION
    assert "not supported by this version yet" in str(found)
    assert instead in str(found)


@pytest.mark.parametrize(
    ("name", "near"),
    [("skm.dev/injcet", "skm.dev/inject"), ("skm.dev/on-deny", "skm.dev/on-denied")],
)
def test_a_misspelt_annotation_names_the_right_one(name, near):
    assert f"did you mean {near}?" in str(refusal({name: "x"}))


def test_an_annotation_like_none_lists_all():
    assert "known are skm.dev/containers" in str(refusal({"skm.dev/zzz": "x"}))


def test_a_misspelt_value_names_the_right_one():
    assert "did you mean keep?" in str(refusal({names.INJECT: "a/b", names.ON_DENIED: "kepp"}))


def test_annotations_without_inject_have_no_effect_and_are_refused():
    assert "no effect without skm.dev/inject" in str(refusal({names.PATH: "/x"}))


def test_a_left_over_record_of_labels_alone_asks_for_nothing():
    assert parse({names.CREATED_LABELS: "{}"}, {}) is None


def test_labels_under_our_prefix_are_refused():
    assert refusal({}, {"skm.dev/inject": "true"}).check is Check.LABEL


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a/b,",
        "a/b/c",
        "A/b",
        "a/b_c",
        "-a/b",
        "a/" + "b" * 64,
        "a//b",
        "a/b\nc",
        "*",
        "a/*",
    ],
)
def test_names_that_are_no_keys(text):
    assert "<keystore>/<key>" in str(refusal({names.INJECT: text}))


def test_a_key_named_twice():
    assert "twice" in str(refusal({names.INJECT: "a/b,b"}))


def test_as_many_keys_as_allowed_and_one_more():
    keys = [f"k{n}" for n in range(MOST_KEYS + 1)]
    assert len(parse({names.INJECT: ",".join(keys[:-1])}, {}).keys) == MOST_KEYS
    assert f"at most {MOST_KEYS}" in str(refusal({names.INJECT: ",".join(keys)}))


def test_the_longest_path_and_one_more():
    longest = "/" + "a" * 254
    assert wishes(inject="a/b", path=longest).path == longest
    assert names.PATH in str(refusal({names.INJECT: "a/b", names.PATH: longest + "a"}))


@pytest.mark.parametrize(
    "path",
    ["", "/", "x", "/x/", "//x", "/x/../y", "/./x", "/x y", "/x:y", "/x,y", "/x\n", "/é"],
)
def test_paths_that_can_t_be_mounted(path):
    assert "absolute path" in str(refusal({names.INJECT: "a/b", names.PATH: path}))


@pytest.mark.parametrize(
    "path",
    ["/dev", "/dev/shm", "/proc/x", "/sys", "/etc", "/var/run/secrets/kubernetes.io/x"],
)
def test_paths_that_are_somebody_else_s(path):
    assert "can't be below" in str(refusal({names.INJECT: "a/b", names.PATH: path}))


def test_no_containers_named():
    assert "names none" in str(refusal({names.INJECT: "a/b", names.CONTAINERS: " , "}))
