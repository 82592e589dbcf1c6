# SPDX-License-Identifier: Apache-2.0
"""How much later an injected pod is Ready than the same pod bare.

Each pod begins at a random phase of the kubelet's one-second relist: with a fixed pause between
them all pods would lock onto one phase, and the difference would lie by up to 0.7 s.
"""

import time
from random import Random
from typing import Final

from bench.figures import Bound, Figure
from bench.place import Place
from bench.quantiles import alternating, differences, spread

BOUND: Final = Bound("at most", 0.9)


def measure(place: Place, pairs: int, random: Random) -> list[Figure]:
    """The median difference of some pairs, and both medians."""
    for injected in (False, True):
        _one(place, "warm", injected=injected)
    return figures([_pair(place, number, random) for number in range(pairs)])


def figures(taken: list[tuple[float, float]]) -> list[Figure]:
    """What pairs of seconds to Ready, bare and injected, amount to."""
    more = spread(differences(taken))
    bare, injected = (spread(column) for column in zip(*taken, strict=True))
    how = f"p50 of {len(taken)} pairs, {more}"
    return [
        Figure("injected pod Ready, more than bare", more.middle, "s", BOUND, how),
        Figure("bare pod Ready", bare.middle, "s", how=str(bare)),
        Figure("injected pod Ready", injected.middle, "s", how=str(injected)),
    ]


def _pair(place: Place, number: int, random: Random) -> tuple[float, float]:
    """Seconds to Ready of a bare pod and an injected one, in alternating order."""
    seconds = {}
    for injected in alternating(number):
        time.sleep(random.random())
        seconds[injected] = _one(place, str(number), injected=injected)
    return seconds[False], seconds[True]


def _one(place: Place, number: str, *, injected: bool) -> float:
    name = f"{'injected' if injected else 'bare'}-{number}"
    seconds = place.seconds_to_ready(name, injected=injected)
    place.remove(name)
    return seconds
