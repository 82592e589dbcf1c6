# SPDX-License-Identifier: Apache-2.0
"""All rogues in a row, and the honest pod served all along."""

from typing import Final

from demo import orders
from demo.access import Access, wait_for
from demo.rogues.cast import NAMESPACE, STAGE
from demo.rogues.scenarios import SCENARIOS
from localcluster import Steps

NAMESPACES: Final = (NAMESPACE,)


def run_all(access: Access, steps: Steps) -> None:
    """Each rogue tries and is refused by its check; raises UnsoundError otherwise."""
    before = orders.wait_for_words(access)
    set_the_stage(access)
    for scenario in SCENARIOS:
        with steps.step(f"Rogue: {scenario.title}"):
            words = scenario.run(access)
        steps.say(f"    refused by {scenario.check}: {words}")
        if scenario.meaning:
            steps.say(f"    that is: {scenario.meaning}")
    after = wait_for("new row of the honest application", 30, lambda: _other(access, before))
    steps.say(f"  Meanwhile the honest pod: {after}")


def set_the_stage(access: Access) -> None:
    """The rogues' namespace, with a keystore of its own that is Ready."""
    access.apply(STAGE.read_text())
    access.kubectl(
        "-n", NAMESPACE, "wait", "--for=condition=Ready", "--timeout=60s",
        "keystores.skm.dev/own", "keys.skm.dev/own", "accesspolicies.skm.dev/own",
    )  # fmt: skip


def _other(access: Access, before: str) -> str | None:
    words = orders.words(access)
    return words if words != before else None
