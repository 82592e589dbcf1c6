# SPDX-License-Identifier: Apache-2.0
"""The whole search, place by place, and its verdict."""

import secrets
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import localcluster
from demo import orders, place
from demo.access import Access
from demo.canary.files import regular_files, scan_file
from demo.canary.forms import disguises, patterns
from demo.canary.objects import object_texts
from demo.canary.places import Folder, folders
from demo.canary.plant import clear, planted
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
    expected: frozenset[Found]
    found: set[Found] = field(default_factory=set)
    hits: list[str] = field(default_factory=list)

    def add(self, where: str, found: set[Found]) -> None:
        """Take in what one file, object or process holds."""
        self.found |= {item for item in found if item.needle == PLANTED}
        self.hits += [f"{where}: {item.form}" for item in found if item.needle == REAL]

    @property
    def missed(self) -> frozenset[Found]:
        """The planted forms that the search overlooked here."""
        return self.expected - self.found


def canary(settings: Settings, steps: Steps) -> None:
    """Search everything; raises UnsoundError for a hit, or a planted password that was missed."""
    if settings.cluster != "local":
        raise RefusedError("The canary reads a machine's disks: it needs the local demo cluster.")
    access = place.reach(settings, steps)
    judge(search(access, place.cluster_settings(settings), steps), steps)


def search(access: Access, cluster: localcluster.Settings, steps: Steps) -> list[Result]:
    """Plant a made-up password, and look for it and for the live one in every place."""
    with steps.step("Remove what a canary that was killed has left"):
        clear(access, cluster.state)
    password = live_password(access)
    decoy = _made_up(len(password))
    needles = (Needle(REAL, patterns(password)), Needle(PLANTED, patterns(decoy)))
    contents, where = disguises(decoy), folders(access, cluster)
    with planted(access, where, contents):
        return list(_results(access, where, needles, contents, steps))


def judge(results: list[Result], steps: Steps) -> None:
    """Say what was found; raises UnsoundError for a hit, or a planted password that was missed."""
    for result in results:
        seen = len(result.expected - result.missed)
        found = f"{seen} of {len(result.expected)} planted forms found"
        steps.say(f"  {len(result.hits)} hits, {found}: {result.place}")
        for hit in result.hits:
            steps.say(f"    HIT {hit}")
    hits = sum(len(result.hits) for result in results)
    missed = [result.place for result in results if result.missed]
    if hits or missed:
        raise UnsoundError(f"{hits} hits of the live password; planted ones missed in {missed}.")
    steps.say(f"0 hits in {len(results)} places; every planted form was found in each.")


def live_password(access: Access) -> bytes:
    """The password that PostgreSQL's pod has in its file now."""
    pod = ("-n", orders.NAMESPACE, "exec", "statefulset/orders-database", "-c", "postgres", "--")
    return access.kubectl(*pod, "python3", "-c", READ).strip().encode()


def _made_up(length: int) -> bytes:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length)).encode()


def _results(
    access: Access,
    where: list[Folder],
    needles: tuple[Needle, ...],
    contents: dict[str, bytes],
    steps: Steps,
) -> Iterator[Result]:
    everything = _expected(contents.values(), needles)
    for folder in where:
        files = ((str(path), scan_file(path, needles)) for path in regular_files(folder.path))
        yield _filled(Result(folder.name, everything), files, steps)
    objects = ((name, scan(text, needles)) for name, text in object_texts(access))
    yield _filled(Result("every object of every API group", everything), objects, steps)
    without_nul = _expected((it for it in contents.values() if b"\0" not in it), needles)
    processes = ((name, scan(text, needles)) for name, text in process_texts())
    yield _filled(
        Result("environment and command line of every process", without_nul), processes, steps
    )


def _filled(result: Result, items: Iterable[tuple[str, set[Found]]], steps: Steps) -> Result:
    with steps.step(f"Search {result.place}"):
        for where, found in items:
            result.add(where, found)
    return result


def _expected(contents: Iterable[bytes], needles: tuple[Needle, ...]) -> frozenset[Found]:
    return frozenset(found for content in contents for found in scan(content, needles))
