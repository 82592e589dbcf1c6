# SPDX-License-Identifier: Apache-2.0
"""The catalogue and images/Containerfile say the same, and no image lacks a package."""

import json
import re

import pytest

from imagebuilder import packages
from imagebuilder.catalog import CODE_LAYERS, PACKAGE_LAYERS, TARGETS, select
from imagebuilder.errors import BadTargetError
from imagebuilder.settings import Settings

SETTINGS = Settings()
SETS = {
    "kms": "kms",
    "system-key": "kms",
    "install": "kms",
    "operator": "operator",
    "webhook": "injector",
    "agent": "client",
    "node-agent": None,
    "postgres": None,
    "orders-app": "example",
}


def stages() -> dict[str, list[str]]:
    """Return the instructions of each stage, those of the stages before it included."""
    text = SETTINGS.containerfile.read_text().replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    for line in (line for line in text.splitlines() if line and not line.startswith("#")):
        if match := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            found[match[2]] = list(found.get(match[1], []))
        elif not line.startswith("ARG"):
            list(found.values())[-1].append(line)
    return found


def contexts(stage: str) -> set[str]:
    return {match[1] for line in stages()[stage] if (match := re.match(r"COPY --from=(\S+)", line))}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_has_the_layers_that_the_containerfile_gives_it(target: object) -> None:
    assert hasattr(target, "stage")
    assert contexts(target.name) == {*target.stage.packages, target.code}
    assert contexts(target.stage.name) == set(target.stage.packages)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_has_every_package_of_its_requirements_and_no_other(target: object) -> None:
    assert hasattr(target, "stage")
    sets = packages.read_sets(SETTINGS.checkout / "requirements")
    layers = {layer.name: layer for layer in PACKAGE_LAYERS}
    present = [
        name
        for layer in target.stage.packages
        for name in packages.pins(packages.select(layers[layer], sets))
    ]
    wanted = SETS[target.name]
    assert sorted(present) == sorted(sets[wanted] if wanted else [])


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_starts_python_without_a_shell_and_not_as_root(target: object) -> None:
    assert hasattr(target, "name")
    lines = stages()[target.name]
    entry = [line for line in lines if line.startswith("ENTRYPOINT")]
    assert json.loads(entry[-1].removeprefix("ENTRYPOINT "))[:2] == ["python3", "-m"]
    user = [line for line in lines if line.startswith("USER")][-1]
    assert user == ("USER 0:0" if target.name == "node-agent" else "USER 65532:65532")


def test_no_layer_is_without_use() -> None:
    used = {name for target in TARGETS for name in (*target.stage.packages, target.code)}
    assert used == {layer.name for layer in (*PACKAGE_LAYERS, *CODE_LAYERS)}


def test_all_targets_are_selected_by_default_and_in_the_order_asked_for() -> None:
    assert select([]) == TARGETS
    assert [target.name for target in select(["agent", "kms"])] == ["agent", "kms"]


def test_an_unknown_target_is_told_with_those_that_exist() -> None:
    with pytest.raises(BadTargetError, match="'kmss'; there are kms, system-key"):
        select(["kmss"])
