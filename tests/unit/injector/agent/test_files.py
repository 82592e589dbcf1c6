# SPDX-License-Identifier: Apache-2.0
"""The files: whole versions, nothing outside their directory, nothing left behind."""

from threading import Event, Thread

import pytest

from skm_injector.agent.errors import ContentError
from skm_injector.agent.files import MARKER, SecretFiles


def names_in(directory):
    return sorted(path.name for path in directory.iterdir())


def test_only_the_newest_version_is_left(tmp_path):
    files = SecretFiles(tmp_path, frozenset({"db"}))
    for number in range(4):
        files.write("db", {"password": str(number)})
    (version,) = (name for name in names_in(tmp_path) if name.startswith("..db"))
    assert names_in(tmp_path) == sorted([version, "db", MARKER])
    assert (tmp_path / "db").readlink().name == version


def test_says_once_that_the_set_is_complete(tmp_path):
    files = SecretFiles(tmp_path, frozenset({"a", "b"}))
    assert not files.write("a", "x")
    assert files.write("b", "x")
    assert not files.write("a", "y")


def test_a_new_process_finds_the_set_complete(tmp_path):
    SecretFiles(tmp_path, frozenset({"a"})).write("a", "x")
    files = SecretFiles(tmp_path, frozenset({"a"}))
    assert files.complete
    assert files.holds("a")
    assert not files.write("a", "y")
    assert (tmp_path / "a").read_text() == "y"


def test_what_a_killed_process_left_is_no_obstacle(tmp_path):
    (tmp_path / "..a.1").mkdir()
    (tmp_path / "..a.1" / "password").write_text("half")
    (tmp_path / "..a.2.link").symlink_to("..a.2")
    (tmp_path / f"{MARKER}.draft").write_text("half")
    assert SecretFiles(tmp_path, frozenset({"a"})).write("a", {"password": "x"})
    assert (tmp_path / "a" / "password").read_text() == "x"
    assert len(names_in(tmp_path)) == 3


def test_keys_whose_names_begin_alike_don_t_touch_each_other(tmp_path):
    files = SecretFiles(tmp_path, frozenset({"a", "a-b"}))
    files.write("a", "1")
    files.write("a-b", "2")
    files.wipe("a")
    assert (tmp_path / "a-b").read_text() == "2"
    assert not files.holds("a")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "/etc/x", "a\0"])
def test_a_field_can_t_leave_its_directory(tmp_path, name):
    files = SecretFiles(tmp_path, frozenset({"a"}))
    with pytest.raises(ContentError) as caught:
        files.write("a", {name: "the-value"})
    assert "the-value" not in str(caught.value)
    assert not files.complete


def test_a_text_that_is_no_unicode_is_refused_without_quoting_it(tmp_path):
    with pytest.raises(ContentError) as caught:
        SecretFiles(tmp_path, frozenset({"a"})).write("a", "secret\ud800")
    assert "secret\ud800" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_version_that_failed_leaves_nothing_and_the_one_before_stays(tmp_path):
    files = SecretFiles(tmp_path, frozenset({"a"}))
    files.write("a", {"password": "1"})
    before = names_in(tmp_path)
    with pytest.raises(ContentError):
        files.write("a", {"user": "2", "password": "\ud800"})
    assert names_in(tmp_path) == before
    assert (tmp_path / "a" / "password").read_text() == "1"


def test_a_volume_that_is_gone_is_an_error_that_says_so(tmp_path):
    files = SecretFiles(tmp_path / "absent", frozenset({"a"}))
    with pytest.raises(ContentError, match="No such file"):
        files.write("a", "x")


def test_a_reader_never_sees_half_a_version(tmp_path):
    files = SecretFiles(tmp_path, frozenset({"a"}))
    files.write("a", {"user": "0", "password": "0"})
    stop, torn = Event(), []

    def read():
        while not stop.is_set():
            version = (tmp_path / "a").readlink()
            try:
                found = {(tmp_path / version / n).read_text() for n in ("user", "password")}
            except FileNotFoundError:
                continue
            if len(found) != 1:
                torn.append(found)

    reader = Thread(target=read)
    reader.start()
    for number in range(300):
        files.write("a", {"user": str(number), "password": str(number)})
    stop.set()
    reader.join()
    assert torn == []
