# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from localcluster.errors import MachineUnfitError
from localcluster.modules import modules
from localcluster.preflight import (
    BUILD_DISK,
    CLUSTER_DISK,
    MEMORY,
    Machine,
    Plan,
    announcement,
    observe,
    require_room,
    require_root,
)
from localcluster.settings import Settings

SETTINGS = Settings()
NOTHING = Plan([], needs_go=False, builds=[])
EVERYTHING = Plan(["runc"], needs_go=True, builds=modules("1.37"))
FIT = Machine(True, 2, MEMORY[1], state_disk=CLUSTER_DISK, cache_disk=BUILD_DISK)


def test_a_machine_at_the_limits_is_fit() -> None:
    require_root(FIT)
    require_room(SETTINGS, EVERYTHING, FIT)


def test_another_user_than_root_is_told_the_way_without() -> None:
    with pytest.raises(MachineUnfitError, match=r"Root is needed .* CLUSTER=current"):
        require_root(replace(FIT, is_root=False))


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(MachineUnfitError, match=r"needs 2 GiB of free memory"):
        require_room(SETTINGS, NOTHING, replace(FIT, memory=FIT.memory - 1))


def test_a_second_node_needs_more_memory() -> None:
    two = replace(SETTINGS, nodes=2)
    require_room(two, NOTHING, replace(FIT, memory=MEMORY[2]))
    with pytest.raises(MachineUnfitError, match="2 node"):
        require_room(two, NOTHING, FIT)


def test_too_small_a_disk_is_refused_with_the_way_to_another() -> None:
    with pytest.raises(MachineUnfitError, match="SKM_STATE and SKM_CACHE"):
        require_room(SETTINGS, NOTHING, replace(FIT, state_disk=CLUSTER_DISK - 1))


def test_the_disk_of_the_cache_counts_when_something_is_built() -> None:
    small = replace(FIT, cache_disk=BUILD_DISK - 1)
    require_room(SETTINGS, NOTHING, small)
    with pytest.raises(MachineUnfitError, match=str(SETTINGS.cache)):
        require_room(SETTINGS, EVERYTHING, small)


def test_it_says_what_it_installs_how_long_and_what_is_faster() -> None:
    text = announcement(SETTINGS, EVERYTHING, FIT)
    for told in ("runc", "pinned wheel from PyPI", "12 minutes on 2 core(s)", "Root is for"):
        assert told in text
    assert "CLUSTER=current" in text
    assert "6 minutes on 4 core(s)" in announcement(SETTINGS, EVERYTHING, replace(FIT, cores=4))


def test_it_does_not_speak_of_building_when_all_is_built() -> None:
    text = announcement(SETTINGS, NOTHING, FIT)
    assert "Builds" not in text
    assert "Installs" not in text


def test_this_machine_is_observed() -> None:
    machine = observe(SETTINGS)
    assert machine.cores >= 1
    assert min(machine.memory, machine.state_disk, machine.cache_disk) > 0
