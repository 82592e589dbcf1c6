# SPDX-License-Identifier: Apache-2.0
"""What holds for all four definitions: names, descriptions, columns, status."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "crds").glob("*.yaml"))
KINDS = ["Keystore", "Key", "AccessPolicy", "ChangeRequest"]
MINIMAL_WORDS = 2


def version(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["spec"]["versions"][0]
    return found


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field below a schema with its path; metadata is Kubernetes's own."""
    for name, field in schema.get("properties", {}).items():
        if (path, name) == ("", "metadata"):
            continue
        yield f"{path}.{name}", field
        yield from fields(field, f"{path}.{name}")
    for word in ("items", "additionalProperties"):
        if word in schema:
            yield f"{path}[]", schema[word]
            yield from fields(schema[word], f"{path}[]")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_field_has_a_sentence(path):
    schema = version(path)["schema"]["openAPIV3Schema"]
    found = [("", schema), *fields(schema)]
    assert len(found) > 10
    for name, field in found:
        text = field.get("description", "")
        assert text.endswith("."), f"{name}: {text!r}"
        assert len(text.split()) >= MINIMAL_WORDS, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_and_list_is_bounded(path):
    schema = version(path)["schema"]["openAPIV3Schema"]
    for name, field in fields(schema):
        if name in (".apiVersion", ".kind"):
            continue
        if field["type"] == "string":
            assert {"maxLength", "enum", "format"} & field.keys(), name
        if field["type"] == "array":
            assert "maxItems" in field, name
            assert "x-kubernetes-list-type" in field, name
        if "additionalProperties" in field:
            assert "maxProperties" in field, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_column_has_a_sentence(path):
    for column in version(path)["additionalPrinterColumns"]:
        assert column["description"].endswith("."), column["name"]


def test_the_copies_in_the_chart_are_the_definitions():
    copies = ROOT / "charts" / "secure-key-manager" / "files" / "crds"
    assert {path.name for path in copies.glob("*")} == {path.name for path in FILES}
    for path in FILES:
        assert (copies / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a", "a" * 63, "0-a"])
def test_a_name_is_a_label(person, kind, name):
    assert person.create(kind, name).status == 201


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.b", "a" * 64])
def test_another_name_is_refused_with_what_to_write(person, refuses, kind, name):
    words = "the name must be a DNS label: at most 63 of a-z, 0-9 and '-', without a dot"
    refuses(person.create(kind, name), "metadata.name", words)


@pytest.mark.parametrize("kind", KINDS)
def test_a_status_is_written_through_its_subresource_only(person, kind):
    answer = person.create(kind)
    path = person.path(kind, "thing")
    assert person.client.patch(path, {"status": {"observedGeneration": 7}}).status == 200
    assert "status" not in person.client.get(path).body
    assert (
        person.client.patch(f"{path}/status", {"status": {"observedGeneration": 7}}).status == 200
    )
    after = person.client.get(path).body
    assert after["status"] == {"observedGeneration": 7}
    assert after["metadata"]["generation"] == answer.body["metadata"]["generation"]


def condition(kind: str, status: str = "True") -> dict[str, Any]:
    moment = "2026-01-01T00:00:00Z"
    return {
        "type": kind,
        "status": status,
        "reason": "Active",
        "message": "Words.",
        "lastTransitionTime": moment,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_two_managers_keep_their_own_conditions(person, kind):
    created = person.create(kind).body
    path = person.path(kind, "thing") + "/status"
    for manager, mine in (("one", "Ready"), ("two", "Approved")):
        body = {
            "apiVersion": created["apiVersion"],
            "kind": kind,
            "metadata": {"name": "thing"},
            "status": {"conditions": [condition(mine)]},
        }
        assert person.client.apply(path, body, manager).status == 200
    found = person.client.get(person.path(kind, "thing")).body["status"]["conditions"]
    assert {item["type"] for item in found} == {"Ready", "Approved"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_is_whole_or_refused(person, refuses, kind):
    person.create(kind)
    path = person.path(kind, "thing") + "/status"
    for word in ("type", "status", "reason", "message", "lastTransitionTime"):
        item = condition("Ready")
        del item[word]
        answer = person.client.patch(path, {"status": {"conditions": [item]}})
        refuses(answer, f"status.conditions[0].{word}", "Required")
    answer = person.client.patch(path, {"status": {"conditions": [condition("Ready", "true")]}})
    refuses(answer, "status.conditions[0].status", '"True", "False", "Unknown"')


def test_keys_are_selected_by_their_keystore(person):
    for name, keystore in (("a", "orders"), ("b", "orders"), ("c", "billing")):
        person.create("Key", name, keystoreRef={"name": keystore})
    query = "?fieldSelector=spec.keystoreRef.name%3Dorders"
    items = person.client.get(person.path("Key") + query).body["items"]
    assert [item["metadata"]["name"] for item in items] == ["a", "b"]


@pytest.fixture
def kubectl(crds, person):
    config = crds.kubeconfig(crds.admin)

    def run(*arguments: str) -> str:
        command = ["kubectl", "--kubeconfig", str(config), "--namespace", person.namespace]
        environment = {**os.environ, "HOME": str(config.parent)}
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_kubectl_get_skm_shows_what_a_person_needs(person, kubectl):
    for kind in KINDS:
        person.create(kind)
    message = "Version 3 is current."
    ready = {**condition("Ready"), "message": message}
    status = {"kind": "Symmetric", "currentVersion": 3, "conditions": [ready]}
    assert person.client.patch(person.path("Key", "thing") + "/status", {"status": status}).status
    lines = {line.split()[0]: line.split() for line in kubectl("get", "skm").splitlines() if line}
    assert lines["key.skm.dev/thing"][1:6] == ["True", "Active", "orders", "Symmetric", "3"]
    for plural in ("keystore", "accesspolicy", "changerequest"):
        assert f"{plural}.skm.dev/thing" in lines
    assert message in kubectl("get", "keys", "--output", "wide")
    assert message not in kubectl("get", "keys")
    assert "NAME READY REASON KEYSTORE KIND VERSION AGE" in " ".join(kubectl("get", "keys").split())


def test_the_short_names_are_ours(person, kubectl):
    for kind, short in zip(KINDS, ("skmks", "skmkey", "skmap", "skmcr"), strict=True):
        person.create(kind)
        assert kubectl("get", short, "--output", "name").strip().endswith("/thing")


def test_kubectl_explain_has_a_sentence_for_the_fields_of_a_secret(kubectl):
    text = " ".join(kubectl("explain", "key.spec.secret", "--recursive=false").split())
    assert "Fields of the secret that the KMS makes inside itself" in text
    assert "The value is set by people or programs with skm secret set" in text
