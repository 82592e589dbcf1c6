# SPDX-License-Identifier: Apache-2.0
from orders_postgres.login import Login, read_login
from orders_postgres.server import statements

SALT = bytes(16)


def test_no_statement_holds_the_password():
    script = statements(Login("orders", "orders", "hunter2"), SALT)
    assert "hunter2" not in script
    assert script.count("\\gexec") == 3


def test_a_quote_in_a_name_stays_inside_its_literal():
    script = statements(Login("o'; DROP ROLE postgres; --", "d'b", "p"), SALT)
    assert "'o''; DROP ROLE postgres; --'" in script
    assert "'d''b'" in script


def test_a_login_never_shows_its_password():
    assert "hunter2" not in repr(Login("orders", "orders", "hunter2"))


def test_files_of_one_version_are_read_together(tmp_path):
    first = tmp_path / "..orders-db.1"
    first.mkdir()
    for name in ("username", "database", "password"):
        (first / name).write_text(f"{name} 1")
    (tmp_path / "orders-db").symlink_to(first.name)
    assert read_login(tmp_path / "orders-db") == Login("username 1", "database 1", "password 1")


def test_an_incomplete_set_is_none(tmp_path):
    assert read_login(tmp_path / "orders-db") is None
    (tmp_path / "orders-db").mkdir()
    (tmp_path / "orders-db" / "username").write_text("orders")
    assert read_login(tmp_path / "orders-db") is None
