# SPDX-License-Identifier: Apache-2.0
"""The command line as a script would use it."""

import io
import json
import sys

import pytest
import trustme
from kms_server_double import unix_double

from skm_client.cli.main import build_parser, main
from skm_client.credentials import parse_credentials
from skm_common import __version__

COMMANDS = [
    ["init"], ["status"], ["keystore", "list"], ["keystore", "show"], ["keystore", "adopt"],
    ["key", "list"], ["key", "show"], ["key", "versions"], ["key", "rotate"],
    ["key", "cancel-destruction"], ["secret", "set"], ["policy", "list"], ["whoami"],
    ["audit", "verify"], ["audit", "tail"], ["administrator", "list"], ["administrator", "add"],
    ["administrator", "remove"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    told = capsys.readouterr().out
    assert told.startswith(f"usage: {build_parser().prog} {' '.join(command)}")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_takes_a_secret_as_an_argument(command, capsys):
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    options = {word.strip(",") for word in capsys.readouterr().out.split() if word[:2] == "--"}
    assert not options & {"--password", "--value", "--token", "--secret", "--private-key"}


def test_the_version_is_the_projects(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"skm {__version__}"


def test_help_documents_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(f"\n  {code}  " in told for code in range(5))


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["secret"], ["secret", "set", "a.b"]])
def test_a_wrong_command_line_is_2(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage:" in capsys.readouterr().err


def test_init_prints_a_credentials_file_whose_key_it_made_itself(tmp_path, capsys, kms):
    with unix_double(tmp_path / "admin.sock") as double:
        certificate, bundle = kms.ca_bundle(), kms.ca_bundle()
        answer = {"certificate": certificate, "caBundle": bundle}
        double.told.answers["POST /v1/init"] = (200, answer)
        assert main(["init", "--socket", str(tmp_path / "admin.sock"), "--name", "ada"]) == 0
    ((_, sent),) = double.told.asked
    assert sent["name"] == "ada"
    assert "PRIVATE KEY" not in sent["csr"]
    captured = capsys.readouterr()
    found = parse_credentials(captured.out, "standard output")
    assert (found.name, found.server_name) == ("ada", "skm-kms.skm-system.svc")
    assert "PRIVATE KEY" not in captured.err


def test_a_second_init_says_why_not(tmp_path, capsys):
    with unix_double(tmp_path / "admin.sock") as double:
        problem = {"code": "conflict", "title": "No", "detail": "there is an administrator"}
        double.told.answers["POST /v1/init"] = (409, problem)
        assert main(["init", "--socket", str(tmp_path / "admin.sock")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "there is an administrator" in captured.err


def test_secret_set_sends_standard_input_and_nothing_else(skm, kms, monkeypatch):
    path = "PUT /v1/keystores/orders.orders/keys/db/secret"
    kms.told.answers[path] = (200, {"version": 3})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hunter2\n")))
    ended = skm("secret", "set", "orders.orders", "db", "--expect-version", "2")
    assert ended.code == 0
    assert kms.told.asked == [(path, {"value": "hunter2", "expectedVersion": 2})]
    assert "hunter2" not in ended.out + ended.err


def test_secret_set_takes_a_file_of_fields(skm, kms, tmp_path):
    kms.told.answers["PUT /v1/keystores/o.k/keys/db/secret"] = (200, {"version": 1})
    file = tmp_path / "value.json"
    file.write_text('{"username": "u"}')
    assert skm("secret", "set", "o.k", "db", "--fields", "--file", str(file)).code == 0
    assert kms.told.asked[0][1] == {"value": {"username": "u"}}


def test_a_missing_value_file_is_2_and_nothing_is_sent(skm, kms, tmp_path):
    ended = skm("secret", "set", "o.k", "db", "--file", str(tmp_path / "none"))
    assert ended.code == 2
    assert "none" in ended.err
    assert kms.told.asked == []


def test_a_refusal_tells_check_code_and_remedy(skm, kms):
    problem = {
        "code": "denied", "title": "T", "detail": "another address",
        "check": "ipv4", "outcome": "denied", "remedy": "call from the pod",
    }  # fmt: skip
    kms.told.answers["GET /v1/keystores"] = (403, problem)
    ended = skm("keystore", "list")
    assert ended.code == 1
    assert ended.out == ""
    for words in ("another address", "ipv4 (denied)", "denied (HTTP 403)", "call from the pod"):
        assert words in ended.err


def test_undetermined_is_3_because_trying_again_helps(skm, kms):
    kms.told.answers["GET /v1/status"] = (503, {"code": "unavailable", "title": "Not now"})
    assert skm("status").code == 3


def test_a_list_is_a_table_for_people_and_json_for_programs(skm, kms):
    methods = {"clientCertificate": {}, "ipv4": {}, "mac": None}
    document = {"authentication": methods}
    rows = [{"name": "orders.orders", "id": "k1", "state": "active", "document": document}]
    kms.told.answers["GET /v1/keystores?namespace=orders"] = (200, {"keystores": rows})
    table = skm("keystore", "list", "--in", "orders").out.splitlines()
    assert table[0].split() == ["KEYSTORE", "STATE", "METHODS", "ID"]
    assert table[1].split() == ["orders.orders", "active", "clientCertificate,ipv4", "k1"]
    assert json.loads(skm("keystore", "list", "--in", "orders", as_json=True).out) == rows


def test_policies_are_told_in_words(skm, kms):
    document = {
        "subjects": [
            {"workload": {"serviceAccountName": "app", "podSelector": {"matchLabels": {"a": "b"}}}},
            {"workload": {"serviceAccountName": "other"}},
        ],
        "rules": [{"keys": ["db"], "operations": ["ReadSecret"]}],
    }
    rows = [{"name": "p", "state": "Enabled", "document": document}]
    kms.told.answers["GET /v1/keystores/o.k/policies"] = (200, {"policies": rows})
    line = skm("policy", "list", "o.k").out.splitlines()[1]
    assert "app[a=b],other" in line
    assert "ReadSecret db" in line


def test_status_names_what_is_missing_and_every_condition(skm, kms):
    condition = {"type": "Ready", "status": "False", "reason": "Missing", "message": "no database"}
    status = {"version": "1", "missing": {"database": "it is away"}, "conditions": [condition]}
    kms.told.answers["GET /v1/status"] = (200, status)
    told = skm("status").out
    assert "missing: database   it is away" in told
    assert "Ready=False   no database" in told


def test_an_empty_list_leaves_standard_output_empty(skm, kms):
    kms.told.answers["GET /v1/keystores/o.k/keys"] = (200, {"keys": []})
    ended = skm("key", "list", "o.k")
    assert (ended.out, ended.err) == ("", "There are none.\n")


def test_whoami_reports_and_does_not_judge(skm, kms, tmp_path):
    kms.told.answers["GET /v1/whoami"] = (
        200,
        {"address": "127.0.0.1", "checks": {"mac": {"outcome": "denied", "why": "so"}}},
    )
    ca = tmp_path / "ca.crt"
    ca.write_text(kms.ca_bundle())
    where = ["--server", f"https://127.0.0.1:{kms.port}", "--ca", str(ca)]
    out, err = io.StringIO(), io.StringIO()
    arguments = ["whoami", *where, "-n", "elsewhere"]
    assert main(arguments) == 3, "the certificate carries the name of another namespace"
    assert main(["whoami", *where, "--expect-address", "127.0.0.1"]) == 0
    assert main(["whoami", *where, "--expect-address", "10.0.0.1"]) == 1
    assert (out.getvalue(), err.getvalue()) == ("", "")


def test_whoami_trusts_the_cas_of_the_credentials_file(skm, kms):
    kms.told.answers["GET /v1/whoami"] = (200, {"address": "127.0.0.1"})
    assert skm("whoami").code == 0


def test_whoami_asks_for_the_cas_when_no_file_names_them(skm):
    ended = skm("whoami", "--server", "https://127.0.0.1:1", connected=False)
    assert ended.code != 0
    assert "--ca FILE, or --credentials FILE" in ended.err


def test_without_credentials_the_way_to_the_first_is_shown(skm):
    ended = skm("status", connected=False)
    assert ended.code == 1
    assert "exec skm-kms-0 -c kms -- skm init" in ended.err


def test_administrator_add_prints_a_file_for_the_new_one(skm, kms):
    other = trustme.CA().cert_pem.bytes().decode()
    answer = {"certificate": kms.ca_bundle() + other, "caBundle": kms.ca_bundle()}
    kms.told.answers["POST /v1/administrators"] = (200, answer)
    ended = skm("administrator", "add", "bob", "--role", "auditor")
    assert ended.code == 0
    assert parse_credentials(ended.out, "here").name == "bob"
    assert other.strip() not in ended.out, "the administrators' CA would vouch for servers"
    ((_, sent),) = kms.told.asked
    assert (sent["name"], sent["role"]) == ("bob", "auditor")


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["key", "rotate", "o.k", "db"], "POST /v1/keystores/o.k/keys/db:rotate"),
        (["key", "show", "o.k", "db"], "GET /v1/keystores/o.k/keys/db"),
        (
            ["key", "cancel-destruction", "o.k", "db"],
            "POST /v1/keystores/o.k/keys/db:cancelDestruction",
        ),
        (["keystore", "adopt", "o.k"], "POST /v1/keystores/o.k:adopt"),
        (["keystore", "show", "o.k"], "GET /v1/keystores/o.k"),
        (["administrator", "remove", "bob"], "DELETE /v1/administrators/bob"),
    ],
)
def test_a_command_is_one_call(skm, kms, arguments, call):
    kms.told.answers[call] = (200, {"name": "x"})
    assert skm(*arguments).code == 0
    assert [asked for asked, _ in kms.told.asked] == [call]
