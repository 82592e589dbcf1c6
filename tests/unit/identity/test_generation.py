# SPDX-License-Identifier: Apache-2.0
"""The counter of changes."""

import asyncio

from skm_kms import identity
from skm_kms.identity import Generation


async def test_who_waits_for_a_change_is_woken_by_it():
    generation = Generation()
    waiting = [asyncio.ensure_future(generation.beyond(0)) for _ in range(2)]
    gone = asyncio.ensure_future(generation.beyond(0))
    await asyncio.sleep(0)
    gone.cancel()
    generation.bump()
    assert await asyncio.gather(*waiting) == [1, 1]
    assert await generation.beyond(0) == 1


def test_the_package_shows_what_it_says_and_no_more():
    assert identity.__all__ == sorted(identity.__all__)
    public = {n for n, v in vars(identity).items() if not n.startswith("_") and not is_module(v)}
    assert public == set(identity.__all__)


def is_module(value):
    return type(value).__name__ == "module"
