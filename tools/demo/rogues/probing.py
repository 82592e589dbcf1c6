# SPDX-License-Identifier: Apache-2.0
"""Putting pods on the stage, running scripts in them, and reading what the KMS answered."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from demo.access import Access, wait_for
from demo.errors import UnsoundError
from demo.rogues.cast import CONTAINER, Pod
from skm_common import names

SCRIPTS: Final = Path(__file__).with_name("scripts")
WHOAMI: Final = "/v1/whoami"
SESSION_ENDED: Final = "session_ended"


@dataclass(frozen=True, slots=True)
class Session:
    """A session certificate and its key, as a thief has them."""

    certificate: str = field(repr=False)
    key: str = field(repr=False)
    ca: str = field(repr=False)
    server_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the KMS said to one call."""

    status: int
    code: str | None
    check: str | None
    outcome: str | None
    detail: str
    document: dict[str, Any] = field(repr=False)


@contextmanager
def on_stage(access: Access, pod: Pod) -> Iterator[None]:
    """The pod runs and is Ready while the block runs."""
    put(access, pod)
    try:
        wait_for(f"Ready pod {pod.namespace}/{pod.name}", 90, lambda: _ready(access, pod))
        yield
    finally:
        take_off(access, pod)


def put(access: Access, pod: Pod) -> None:
    """Create the pod; one of that name from an earlier run goes first. CommandFailedError."""
    take_off(access, pod)
    access.kubectl("create", "-f", "-", stdin=json.dumps(pod.manifest(access.registry)))


def take_off(access: Access, pod: Pod) -> None:
    """Delete the pod, and wait until it is gone."""
    access.kubectl("-n", pod.namespace, "delete", "pod", pod.name, "--ignore-not-found")


def refusal_at_admission(access: Access, pod: Pod) -> str:
    """The sentence that refuses the pod; raises UnsoundError if it is let in."""
    manifest = json.dumps(pod.manifest(access.registry))
    done = access.attempt("create", "-f", "-", stdin=manifest)
    if done.returncode == 0:
        take_off(access, pod)
        raise UnsoundError(f"Pod {pod.name} was let in.")
    return done.stderr.strip()


def mint(access: Access, pod: Pod) -> Session:
    """A session of the pod's identity, by its own token."""
    answer = json.loads(_talk(access, pod, names.AGENT_CONTAINER, "mint"))
    if answer["status"] != 200:
        raise UnsoundError(f"Pod {pod.name} got no identity: {answer['problem']}")
    return Session(answer["certificate"], answer["key"], answer["ca"], answer["serverName"])


def call(access: Access, pod: Pod, session: Session, *paths: str) -> list[Answer]:
    """Call the data plane from the pod with a session that may be another's."""
    wanted = {
        "address": kms_address(access),
        "session": {
            "certificate": session.certificate,
            "key": session.key,
            "ca": session.ca,
            "serverName": session.server_name,
        },
        "paths": paths,
    }
    return _answers(_talk(access, pod, CONTAINER, "call", json.dumps(wanted)))


def own_call(access: Access, pod: Pod, path: str) -> Answer:
    """Call the data plane as the pod itself, with a session made a moment before.

    Its agent may take the session back between the two; then both are done again.
    """
    wanted = json.dumps({"address": kms_address(access), "paths": [path]})

    def once() -> Answer | None:
        (answer,) = _answers(_talk(access, pod, names.AGENT_CONTAINER, "own", wanted))
        return None if answer.code == SESSION_ENDED else answer

    return wait_for(f"answer to {pod.name}", 30, once)


def change_mac(access: Access, pod: Pod) -> str:
    """The new MAC of the pod's interface."""
    return _run(access, pod, CONTAINER, "change_mac.py")


def _talk(access: Access, pod: Pod, container: str, what: str, stdin: str = "") -> str:
    return _run(access, pod, container, "talk.py", what, stdin=stdin)


def _run(
    access: Access, pod: Pod, container: str, script: str, *arguments: str, stdin: str = ""
) -> str:
    """Run a script in a container; secrets travel by standard input and output only."""
    way = ["-n", pod.namespace, "exec", "-i", pod.name, "-c", container, "--", "python3", "-c"]
    return access.kubectl(*way, (SCRIPTS / script).read_text(), *arguments, stdin=stdin)


def kms_address(access: Access) -> str:
    """Address and port that need no name service (a pod on the host network has none)."""
    address = access.get("-n", names.NAMESPACE, "service", names.KMS)["spec"]["clusterIP"]
    return f"{address}:{names.DATA_PORT}"


def secret_path(keystore: str, key: str) -> str:
    """The path of a secret on the data plane."""
    return f"/v1/keystores/{keystore}/keys/{key}/secret"


def _ready(access: Access, pod: Pod) -> bool | None:
    found = access.get("-n", pod.namespace, "pod", pod.name)
    conditions = (found or {}).get("status", {}).get("conditions", [])
    ready = any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
    return ready or None


def _answers(text: str) -> list[Answer]:
    return [
        Answer(
            status=document["status"],
            code=document.get("code"),
            check=document.get("check"),
            outcome=document.get("outcome"),
            detail=document.get("detail", ""),
            document=document,
        )
        for document in json.loads(text)
    ]
