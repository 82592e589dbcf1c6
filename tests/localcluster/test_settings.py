# SPDX-License-Identifier: Apache-2.0
import ast
import dataclasses
import inspect
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from localcluster import settings as module
from localcluster.errors import BadSettingError
from localcluster.network import namespaces
from localcluster.settings import Settings, default_cache, default_state


@pytest.mark.parametrize("name", ["a", "demo", "test-2", "abcdefghijkl"])
def test_a_name_that_fits_an_interface_is_taken(name: str) -> None:
    assert len(Settings(name=name).interface) <= 15


@pytest.mark.parametrize("name", ["", "abcdefghijklm", "-a", "a-", "A", "1a", "a/b", "a b", "a\n"])
def test_other_names_are_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(BadSettingError, match="must be 1 to 12 lower-case letters"):
        Settings(name=name)


@pytest.mark.parametrize("nodes", [1, 2])
def test_one_or_two_nodes_are_possible(nodes: int) -> None:
    assert len(namespaces(Settings(nodes=nodes))) == nodes + 1


@pytest.mark.parametrize("nodes", [0, 3])
def test_other_numbers_of_nodes_are_refused(nodes: int) -> None:
    with pytest.raises(BadSettingError, match="must be 1 or 2"):
        Settings(nodes=nodes)


def test_a_pool_of_another_size_is_refused() -> None:
    with pytest.raises(BadSettingError, match="must be a /14"):
        Settings(address_pool=IPv4Network("10.0.0.0/15"))


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(BadSettingError, match="must be bridge or ptp"):
        Settings(network="cilium")  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (100, True), (101, False)])
def test_the_number_of_volumes_has_bounds(number: int, fits: bool) -> None:
    if fits:
        assert Settings(volumes_per_node=number).volumes_per_node == number
    else:
        with pytest.raises(BadSettingError, match="between 1 and 100"):
            Settings(volumes_per_node=number)


def test_the_environment_chooses_cache_and_state() -> None:
    chosen = {"SKM_CACHE": "/one", "SKM_STATE": "/two", "XDG_CACHE_HOME": "/three"}
    assert default_cache(chosen) == Path("/one")
    assert default_cache({"XDG_CACHE_HOME": "/three"}) == Path("/three/secure-key-manager")
    assert default_cache({}) == Path.home() / ".cache/secure-key-manager"
    assert default_state(chosen) == Path("/two")
    assert default_state({}) == Path("/var/lib/secure-key-manager/localcluster")


def test_sockets_have_paths_that_fit_into_an_address() -> None:
    longest = Settings(name="abcdefghijkl").run / "node1/containerd/containerd.sock.ttrpc"
    assert len(str(longest)) < 108


def test_every_setting_has_a_docstring() -> None:
    [definition] = [
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ]
    told = {
        before.target.id
        for before, after in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    assert told == {field.name for field in dataclasses.fields(Settings)}
