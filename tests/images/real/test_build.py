# SPDX-License-Identifier: Apache-2.0
"""Images as the engine really makes them."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from imagebuilder import deliver
from imagebuilder.catalog import TARGETS
from skm_common import __version__

OURS = [
    target.name
    for target in TARGETS
    if target.image.startswith("skm-") and "example" not in target.image
]


COMPILED_BY_TIME = """
import pathlib
files = [*pathlib.Path("/usr/lib/python3.11").rglob("*.pyc"), *pathlib.Path("/opt").rglob("*.pyc")]
print(len(files), sum(file.read_bytes()[4:8] == bytes(4) for file in files))
"""
"""PEP 552: flags of 0 mean that the file counts only beside a source of that very time."""


def test_an_image_runs_as_nobody_and_starts_without_a_shell(workshop: Any) -> None:
    agent, node = workshop.build("agent", "node-agent")
    config = workshop.inspect(agent)["OCIv1"]["config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["python3", "-m", "skm_injector.agent"]
    assert "Cmd" not in config
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert "PYTHONSAFEPATH=1" in config["Env"]
    assert workshop.inspect(node)["OCIv1"]["config"]["User"] == "0:0"


def test_a_second_build_makes_nothing(workshop: Any) -> None:
    workshop.build("agent", "node-agent")
    assert [image.made for image in workshop.build("agent", "node-agent")] == [False, False]


def test_a_change_of_code_makes_one_new_layer_of_one_image(workshop: Any) -> None:
    agent, _ = workshop.build("agent", "node-agent")
    before = workshop.layers(agent)
    source = workshop.settings.checkout / "injector/skm_injector/agent/__init__.py"
    original = source.read_text()
    source.write_text(original + "\nADDED = 1\n")
    changed, unchanged = workshop.build("agent", "node-agent")
    assert (changed.made, unchanged.made) == (True, False)
    after = workshop.layers(changed)
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]
    source.write_text(original)
    (restored,) = workshop.build("agent")
    assert workshop.layers(restored) == before


def test_images_of_one_requirements_set_share_their_layers(workshop: Any) -> None:
    kms, system_key, operator, agent = workshop.build("kms", "system-key", "operator", "agent")
    assert workshop.layers(kms) == workshop.layers(system_key)
    first = len(workshop.layers(agent)) - 1
    for image in (kms, operator):
        assert workshop.layers(image)[:first] == workshop.layers(agent)[:first]
    assert set(workshop.layers(kms)[:-3]) <= set(workshop.layers(operator))


def test_the_same_sources_make_the_same_image_again(workshop: Any) -> None:
    (first,) = workshop.build("node-agent")
    digest = workshop.inspect(first)["FromImageDigest"]
    words = [*workshop.engine.command, "rmi", "--force", first.reference]
    workshop._output(*words)
    (second,) = workshop.build("node-agent")
    assert second.made
    assert workshop.inspect(second)["FromImageDigest"] == digest


def test_no_layer_holds_a_setuid_program_a_test_or_the_repository(
    workshop: Any, tmp_path: Path
) -> None:
    (agent,) = workshop.build("agent")
    entries = workshop.files(agent, tmp_path)
    last = max(number for number, _ in entries)
    assert [entry.name for _, entry in entries if entry.isfile() and entry.mode & 0o6000] == []
    own = [entry.name for number, entry in entries if number == last]
    assert "opt/skm/lib/skm_common/names.py" in [name.removeprefix("./") for name in own]
    packages = [entry.name for number, entry in entries if number > 0]
    assert not [name for name in packages if "/tests/" in name or "/.git" in name]
    assert not [name for name in own if "webhook" in name or "node/" in name]
    assert {entry.uid for number, entry in entries if number > 0} == {0}
    writable = [
        entry.name for n, entry in entries if n > 0 and entry.mode & 0o022 and not entry.issym()
    ]
    assert writable == []


def test_no_module_is_compiled_again_at_each_start(workshop: Any) -> None:
    (agent,) = workshop.build("agent")
    done = workshop.python(agent, COMPILED_BY_TIME)
    assert (done.returncode, done.stderr) == (0, "")
    compiled, stale = done.stdout.split()
    assert int(compiled) > 100
    assert stale == "0"


@pytest.mark.parametrize("name", OURS)
def test_each_process_tells_its_version_with_a_read_only_root(workshop: Any, name: str) -> None:
    (image,) = workshop.build(name)
    done = workshop.run(image, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout


def test_images_are_pushed_to_a_registry(workshop: Any, registry: str) -> None:
    images = workshop.build("agent", "node-agent")
    names = deliver.push(workshop.engine, images, f"{registry}/team", plain_http=True)
    assert names == [f"{registry}/team/skm-{n}:{__version__}" for n in ("agent", "node-agent")]
    base = f"http://{registry}/v2/team/skm-agent"
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    request = urllib.request.Request(f"{base}/manifests/{__version__}", headers=accept)
    with urllib.request.urlopen(request) as answer:
        manifest = json.load(answer)
    with urllib.request.urlopen(f"{base}/blobs/{manifest['config']['digest']}") as answer:
        assert json.load(answer)["config"]["User"] == "65532:65532"
    assert len(manifest["layers"]) == len(workshop.layers(images[0]))
