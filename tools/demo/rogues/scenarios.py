# SPDX-License-Identifier: Apache-2.0
"""The attackers that a real cluster must refuse (DESIGN §6), each by one check that names itself.

Every scenario first shows that its victim or its double is served, so that nothing but the one
difference refuses the rogue. It returns the words of the refusal, or raises UnsoundError.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from demo.access import Access, wait_for
from demo.errors import UnsoundError
from demo.rogues.cast import Pod
from demo.rogues.probing import (
    SESSION_ENDED,
    WHOAMI,
    Answer,
    call,
    change_mac,
    mint,
    on_stage,
    own_call,
    refusal_at_admission,
    secret_path,
)

TARGET: Final = secret_path("orders.orders", "orders-db")
VICTIM: Final = Pod("rogue-victim", namespace="orders", inject="orders/orders-db")
PEER: Final = Pod("peer", inject="own/own")
OWN: Final = secret_path("rogues.own", "own")
CONTRADICTION: Final = (
    "its witnesses contradict each other, so nothing is attested and nothing is served;"
    " undetermined, not failed, so that a spoofing neighbour can't get a victim's files wiped"
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A rogue, the check that must refuse it, and how it tries."""

    title: str
    check: str
    run: Callable[[Access], str]
    meaning: str = ""
    """What a person wouldn't guess from the refusal's words."""


def other_labels(access: Access) -> str:
    """The admitted ServiceAccount, but labels that no policy selects."""
    rogue = replace(VICTIM, name="rogue-labels", labels={"app": "shop"})
    return _admission(refusal_at_admission(access, rogue), "policy")


def relabelled(access: Access) -> str:
    """A pod that was admitted and then loses its label: served before, unknown after."""
    with on_stage(access, VICTIM):
        _served(own_call(access, VICTIM, TARGET))
        access.kubectl("-n", "orders", "label", "pod", VICTIM.name, "app=shop", "--overwrite")
        answer = wait_for(
            "refusal of a relabelled pod",
            10,
            lambda: _refused(own_call(access, VICTIM, TARGET)),
        )
    if answer.code != "not_found":
        raise UnsoundError(f"A relabelled pod was told {answer.code}, not not_found.")
    return f"{answer.status} {answer.code}: {answer.detail}"


def other_namespace(access: Access) -> str:
    """The same names and labels in a namespace of the rogue's own, with a genuine identity."""
    words = _admission(
        refusal_at_admission(access, Pod("rogue-copy", inject="orders/orders-db")), "keystore"
    )
    with on_stage(access, PEER):
        _served(own_call(access, PEER, OWN))
        answer = own_call(access, PEER, TARGET)
    if answer.code != "not_found":
        raise UnsoundError(f"A pod of another namespace was told {answer.code}.")
    return f"{words}; the KMS: {answer.status} {answer.code}"


def stolen(access: Access) -> str:
    """Certificate and key of an honest pod, used from another pod."""
    thief = Pod("thief", labels={"app": "thief"})
    with on_stage(access, VICTIM), on_stage(access, thief):
        return wait_for("refusal of a thief", 60, lambda: _steal(access, thief, "ipv4"))


def changed_mac(access: Access) -> str:
    """A pod with a genuine identity that then gives its interface another MAC."""
    rogue = Pod("turncoat", inject="own/own", changes_interface=True)
    with on_stage(access, rogue):
        _served(own_call(access, rogue, OWN))
        change_mac(access, rogue)
        answer = wait_for(
            "refusal of a changed MAC",
            30,
            lambda: _refused(own_call(access, rogue, OWN)),
        )
    return _checked(answer, "mac")


def host_network(access: Access) -> str:
    """A pod on its node's network: refused at admission, and by its address when it steals."""
    rogue = Pod("rogue-host", inject="own/own", host_network=True)
    words = _admission(refusal_at_admission(access, rogue), "pod")
    thief = replace(rogue, name="thief-host", inject=None, labels={"app": "thief"})
    with on_stage(access, VICTIM), on_stage(access, thief):
        told = wait_for("refusal of a thief", 60, lambda: _steal(access, thief, "ipv4"))
    return f"{words}; the KMS: {told}"


SCENARIOS: Final = (
    Scenario("same ServiceAccount, other labels", "policy", other_labels),
    Scenario("relabelled after its creation", "policy", relabelled),
    Scenario("same labels, other namespace", "keystore", other_namespace),
    Scenario("stolen session certificate and key", "ipv4", stolen),
    Scenario("changed its MAC", "mac", changed_mac, CONTRADICTION),
    Scenario("on the host network", "ipv4", host_network),
)


def _served(answer: Answer) -> None:
    if answer.status != 200:
        raise UnsoundError(f"The honest call was refused: {answer.status} {answer.detail}")


def _refused(answer: Answer) -> Answer | None:
    return None if answer.status == 200 else answer


def _steal(access: Access, thief: Pod, check: str) -> str | None:
    """None if the victim's agent has taken its session back before the thief could use it."""
    whoami, answer = call(access, thief, mint(access, VICTIM), WHOAMI, TARGET)
    if answer.code == SESSION_ENDED:
        return None
    told = _checked(answer, check)
    if whoami.status != 200:
        raise UnsoundError(f"whoami didn't answer a thief: {whoami.status} {whoami.detail}")
    return told


def _checked(answer: Answer, check: str) -> str:
    if answer.status == 200 or answer.check != check:
        raise UnsoundError(f"Check {check} should have refused, but: {answer}")
    return f"{answer.status} check {answer.check} {answer.outcome}: {answer.detail}"


def _admission(words: str, check: str) -> str:
    if f"check {check}:" not in words:
        raise UnsoundError(f"Admission should have named check {check}, but said: {words}")
    return words[words.index(f"check {check}:") :]
