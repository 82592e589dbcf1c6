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
    answer = json.loads(run_script(access, pod, names.AGENT_CONTAINER, "mint.py"))
    if answer["status"] != 200:
        raise UnsoundError(f"Pod {pod.name} got no identity: {answer['problem']}")
    return Session(answer["certificate"], answer["key"], answer["ca"], answer["serverName"])


def call(
    access: Access, pod: Pod, session: Session, *paths: str, bare: bool = False
) -> list[Answer]:
    """Call the data plane from the pod with the session; `bare`: without its certificate."""
    wanted = {
        "host": kms_address(access),
        "port": names.DATA_PORT,
        "serverName": session.server_name,
        "ca": session.ca,
        "certificate": None if bare else session.certificate,
        "key": session.key,
        "paths": paths,
    }
    answers = json.loads(run_script(access, pod, CONTAINER, "call.py", json.dumps(wanted)))
    return [_answer(document) for document in answers]


def run_script(
    access: Access, pod: Pod, container: str, script: str, stdin: str | None = None
) -> str:
    """Run a script in a container; secrets travel by standard input and output only."""
    way = ["-n", pod.namespace, "exec", "-i", pod.name, "-c", container, "--", "python3", "-c"]
    return access.kubectl(*way, (SCRIPTS / script).read_text(), stdin=stdin or "")


def kms_address(access: Access) -> str:
    """An address of the KMS that needs no name service (a pod on the host network has none)."""
    address: str = access.get("-n", names.NAMESPACE, "service", names.KMS)["spec"]["clusterIP"]
    return address


def secret_path(keystore: str, key: str) -> str:
    """The path of a secret on the data plane."""
    return f"/v1/keystores/{keystore}/keys/{key}/secret"


def _ready(access: Access, pod: Pod) -> bool | None:
    found = access.get("-n", pod.namespace, "pod", pod.name)
    conditions = (found or {}).get("status", {}).get("conditions", [])
    ready = any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)
    return ready or None


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(
        status=document["status"],
        code=document.get("code"),
        check=document.get("check"),
        outcome=document.get("outcome"),
        detail=document.get("detail", ""),
        document=document,
    )
