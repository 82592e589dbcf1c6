# SPDX-License-Identifier: Apache-2.0
"""The whole search, place by place, and its verdict."""

import secrets
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from demo import orders, place
from demo.access import Access
from demo.canary.files import regular_files, scan_file
from demo.canary.forms import disguises, patterns
from demo.canary.objects import object_texts
from demo.canary.places import Folder, folders
from demo.canary.plant import planted
from demo.canary.processes import process_texts
from demo.canary.scan import Found, Needle, scan
from demo.errors import RefusedError, UnsoundError
from demo.settings import Settings
from localcluster import Steps

REAL: Final = "the live password"
PLANTED: Final = "the planted password"
READ: Final = (
    "import pathlib; print(pathlib.Path('/run/secrets/skm/orders-db/password').read_text())"
)


@dataclass(slots=True)
class Result:
    """What a place held: which needles in which forms, and where the live password was."""

    place: str
    found: set[Found] = field(default_factory=set)
    hits: list[str] = field(default_factory=list)

    def add(self, where: str, found: set[Found]) -> None:
        """Take in what one file, object or process holds."""
        self.found |= {item for item in found if item.needle == PLANTED}
        self.hits += [f"{where}: {item.form}" for item in found if item.needle == REAL]


def canary(settings: Settings, steps: Steps) -> None:
    """Search everything; raises UnsoundError for a hit, or a planted password that was missed."""
    if settings.cluster != "local":
        raise RefusedError("The canary reads a machine's disks: it needs the local demo cluster.")
    access = place.reach(settings, steps)
    cluster = place.cluster_settings(settings)
    password = live_password(access)
    decoy = _made_up(len(password))
    needles = (Needle(REAL, patterns(password)), Needle(PLANTED, patterns(decoy)))
    contents, where = disguises(decoy), folders(access, cluster)
    with planted(access, where, contents):
        results = list(_search(access, where, needles, steps))
    _judge(results, contents, needles, steps)


def live_password(access: Access) -> bytes:
    """The password that PostgreSQL's pod has in its file now."""
    pod = ("-n", orders.NAMESPACE, "exec", "statefulset/orders-database", "-c", "postgres", "--")
    return access.kubectl(*pod, "python3", "-c", READ).strip().encode()


def _made_up(length: int) -> bytes:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length)).encode()


def _search(
    access: Access, where: list[Folder], needles: tuple[Needle, ...], steps: Steps
) -> Iterator[Result]:
    for folder in where:
        files = ((str(path), scan_file(path, needles)) for path in regular_files(folder.path))
        yield _result(folder.name, files, steps)
    objects = ((name, scan(text, needles)) for name, text in object_texts(access))
    yield _result("every object of every API group", objects, steps)
    processes = ((name, scan(text, needles)) for name, text in process_texts())
    yield _result("environment and command line of every process", processes, steps)


def _result(name: str, items: Iterable[tuple[str, set[Found]]], steps: Steps) -> Result:
    result = Result(name)
    with steps.step(f"Search {name}"):
        for where, found in items:
            result.add(where, found)
    return result


def _judge(
    results: list[Result], contents: dict[str, bytes], needles: tuple[Needle, ...], steps: Steps
) -> None:
    everything = _expected(contents.values(), needles)
    without_nul = _expected((it for it in contents.values() if b"\0" not in it), needles)
    missed = []
    for result in results:
        expected = without_nul if result.place.startswith("environment") else everything
        seen = len(expected & result.found)
        found = f"{seen} of {len(expected)} planted forms found"
        steps.say(f"  {len(result.hits)} hits, {found}: {result.place}")
        for hit in result.hits:
            steps.say(f"    HIT {hit}")
        missed += [result.place] if seen < len(expected) else []
    hits = sum(len(result.hits) for result in results)
    if hits or missed:
        raise UnsoundError(f"{hits} hits of the live password; planted ones missed in {missed}.")
    steps.say(f"0 hits in {len(results)} places; every planted form was found in each.")


def _expected(contents: Iterable[bytes], needles: tuple[Needle, ...]) -> set[Found]:
    return {found for content in contents for found in scan(content, needles)}
