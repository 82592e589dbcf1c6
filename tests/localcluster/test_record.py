# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from localcluster.errors import BadSettingError
from localcluster.record import Record, claim
from localcluster.settings import Settings

POOL = IPv4Network("172.20.0.0/14")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(name="one", state_root=tmp_path, address_pool=POOL)


def test_clusters_of_several_names_get_addresses_that_do_not_overlap(settings: Settings) -> None:
    records = [claim(replace(settings, name=name)) for name in ("one", "two", "one")]
    first, second, again = (record.addresses for record in records)
    assert first == again
    assert not any(a.overlaps(b) for a in first.networks for b in second.networks)


def test_a_cluster_that_went_gives_its_addresses_back(settings: Settings) -> None:
    first = claim(settings)
    (settings.state / "cluster.json").unlink()
    assert claim(replace(settings, name="two")).slot == first.slot


def test_what_was_recorded_is_read_again(settings: Settings) -> None:
    assert Record.read(settings.state) is None
    record = claim(settings)
    assert Record.read(settings.state) == record


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"slot": 1, "unknown": 2}'])
def test_a_damaged_record_is_none(settings: Settings, content: str) -> None:
    claim(settings)
    (settings.state / "cluster.json").write_text(content)
    assert Record.read(settings.state) is None
    assert claim(settings).slot == 0


def test_a_cluster_may_grow_and_not_shrink(settings: Settings) -> None:
    claim(settings)
    assert claim(replace(settings, nodes=2)).nodes == 2
    with pytest.raises(BadSettingError, match="can't shrink"):
        claim(settings)


def test_a_cluster_keeps_its_network_and_its_pool(settings: Settings) -> None:
    claim(settings)
    pool = IPv4Network("172.24.0.0/14")
    for other in (replace(settings, network="ptp"), replace(settings, address_pool=pool)):
        with pytest.raises(BadSettingError, match=r"exists with --network bridge .* run `down`"):
            claim(other)
