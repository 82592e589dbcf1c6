# SPDX-License-Identifier: Apache-2.0
"""The table of `bootstrap`, row by row, against the real server."""

import asyncio
import os

import pytest

from skm_kms.crypto import system_random
from skm_kms.rootkey import FileRootKey, RootKeyUnavailableError, WrongRootKeyError
from skm_kms.systemkey import LossError, UnreachableError, establish
from skm_kms.systemkey.bootstrap import wrapping_context


class KilledError(Exception):
    """The KMS dies here."""


class DyingClient:
    """A client whose process is killed before or after one of its calls."""

    def __init__(self, client, call, *, after):
        self._client, self._call, self._after = client, call, after

    def __getattr__(self, name):
        async def call(*arguments):
            if name == self._call and not self._after:
                raise KilledError
            result = await getattr(self._client, name)(*arguments)
            if name == self._call:
                raise KilledError
            return result

        return call


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root-key"
    path.write_bytes(os.urandom(32))
    return FileRootKey(path)


def stored(server):
    return {path.name: path.read_bytes() for path in server.directory.iterdir()}


async def test_a_first_start_makes_one_installation_and_keeps_it(client, root):
    first = await establish(root, client, None, system_random)
    assert first.current.version == 1
    await client.confirm(first.installation)
    again = await establish(root, client, first.installation, system_random)
    assert again.installation == first.installation
    assert again.current.material == first.current.material


@pytest.mark.parametrize("call", ["list", "create"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_first_start_killed_at_any_step_goes_on(client, root, call, after):
    with pytest.raises(KilledError):
        await establish(root, DyingClient(client, call, after=after), None, system_random)
    keyring = await establish(root, client, None, system_random)
    assert len((await client.list()).keys) == 1
    assert (await establish(root, client, None, system_random)).installation == keyring.installation


async def test_killed_between_the_first_row_and_the_word_about_it(client, root):
    keyring = await establish(root, client, None, system_random)
    await establish(root, client, keyring.installation, system_random)
    assert (await client.list()).established


async def test_two_replicas_that_start_first_agree(client, root):
    starts = (establish(root, client, None, system_random) for _ in range(5))
    keyrings = await asyncio.gather(*starts)
    assert len({keyring.installation for keyring in keyrings}) == 1
    assert len({keyring.current.material.reveal() for keyring in keyrings}) == 1


async def test_an_empty_server_beside_data_is_loss(client, root, server):
    with pytest.raises(LossError, match="the system-key server is empty"):
        await establish(root, client, "installation-1", system_random)
    assert stored(server) == {}


async def test_an_empty_database_beside_an_established_server_is_loss(client, root, server):
    keyring = await establish(root, client, None, system_random)
    await client.confirm(keyring.installation)
    before = stored(server)
    with pytest.raises(LossError, match="whose database is gone"):
        await establish(root, client, None, system_random)
    assert stored(server) == before


async def test_another_installations_database_is_loss(client, root, server):
    await establish(root, client, None, system_random)
    before = stored(server)
    with pytest.raises(LossError, match="different installations"):
        await establish(root, client, "another-installation", system_random)
    assert stored(server) == before


async def test_another_root_key_is_said_and_nothing_is_touched(client, root, server, tmp_path):
    keyring = await establish(root, client, None, system_random)
    before = stored(server)
    other = tmp_path / "other-root-key"
    other.write_bytes(os.urandom(32))
    for database in (None, keyring.installation):
        with pytest.raises(WrongRootKeyError, match="not the one that wrapped"):
            await establish(FileRootKey(other), client, database, system_random)
    assert stored(server) == before


async def test_without_a_root_key_no_first_start_happens(client, server, tmp_path):
    with pytest.raises(RootKeyUnavailableError):
        await establish(FileRootKey(tmp_path / "absent"), client, None, system_random)
    assert stored(server) == {}


async def test_a_system_key_moved_to_another_version_does_not_open(client, root):
    """Wrapped for version 1, offered as version 2 by a server that lies."""
    keyring = await establish(root, client, None, system_random)
    (first,) = (await client.list()).keys
    await client.create(keyring.installation, 2, first.wrapped)
    with pytest.raises(WrongRootKeyError):
        await establish(root, client, keyring.installation, system_random)


async def test_a_system_key_of_another_installation_does_not_open(client, root):
    wrapped = root.wrap(bytes(32), wrapping_context("installation-1", 1))
    await client.create("installation-2", 1, wrapped)
    with pytest.raises(WrongRootKeyError):
        await establish(root, client, "installation-2", system_random)


async def test_what_opens_but_is_no_system_key_is_refused(client, root):
    wrapped = root.wrap(b"short", wrapping_context("installation-1", 1))
    await client.create("installation-1", 1, wrapped)
    with pytest.raises(WrongRootKeyError, match="no system key"):
        await establish(root, client, "installation-1", system_random)


async def test_every_version_is_in_the_keyring(client, root):
    keyring = await establish(root, client, None, system_random)
    context = wrapping_context(keyring.installation, 2)
    await client.create(keyring.installation, 2, root.wrap(bytes(32), context))
    both = await establish(root, client, keyring.installation, system_random)
    assert sorted(both.by_version) == [1, 2]
    assert both.current.version == 2


async def test_a_silent_server_is_named(server, issuer, root):
    client = server.client(None, issuer.ca_pem)
    client._address = "127.0.0.1:1"
    with pytest.raises(UnreachableError, match="does not answer"):
        await establish(root, client, None, system_random)


async def test_the_server_never_holds_a_key_in_the_clear(client, root, server, tmp_path):
    keyring = await establish(root, client, None, system_random)
    await client.confirm(keyring.installation)
    held = b"".join(stored(server).values())
    for secret in (keyring.current.material.reveal(), (tmp_path / "root-key").read_bytes()):
        for form in (secret, secret.hex().encode()):
            assert form not in held
