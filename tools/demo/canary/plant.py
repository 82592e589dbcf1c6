# SPDX-License-Identifier: Apache-2.0
"""Planting a made-up password in every form and place, and taking it away again.

A canary that was killed leaves what it planted; the next one begins by clearing that away.
"""

import base64
import fnmatch
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from demo.access import Access
from demo.canary.places import Folder

NAMESPACE: Final = "default"
NAME: Final = "skm-canary"


def clear(access: Access, state: Path) -> None:
    """Remove what a canary that was killed has left below the cluster's folder and in its API."""
    for folder, _, names in os.walk(state):
        for name in fnmatch.filter(names, f"{NAME}-*.log"):
            Path(folder, name).unlink(missing_ok=True)
    _delete_object(access)


@contextmanager
def planted(access: Access, places: list[Folder], contents: Mapping[str, bytes]) -> Iterator[None]:
    """Everything stands in its place while the block runs."""
    with ExitStack() as stack:
        for folder in places:
            if not folder.name.startswith("etcd"):
                stack.enter_context(_file(folder.path, contents))
        stack.enter_context(_object(access, contents))
        stack.enter_context(_process(contents))
        yield


@contextmanager
def _file(folder: Path, contents: Mapping[str, bytes]) -> Iterator[None]:
    """In the innermost folder: the kubelet removes strangers from its upper ones."""
    path = _innermost(folder) / f"{NAME}-{os.getpid()}.log"
    try:
        path.write_bytes(b"\0".join(contents.values()))
        yield
    finally:
        path.unlink(missing_ok=True)


def _innermost(folder: Path) -> Path:
    while inner := next((it for it in sorted(folder.iterdir()) if _is_folder(it)), None):
        folder = inner
    return folder


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


@contextmanager
def _object(access: Access, contents: Mapping[str, bytes]) -> Iterator[None]:
    """A ConfigMap: it is in the API, and etcd writes it to its files."""
    data = {f"form-{n}": base64.b64encode(it).decode() for n, it in enumerate(contents.values())}
    metadata = {"name": NAME, "namespace": NAMESPACE}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "binaryData": data}
    try:
        access.apply(json.dumps(manifest))
        yield
    finally:
        _delete_object(access)


def _delete_object(access: Access) -> None:
    access.kubectl("-n", NAMESPACE, "delete", "configmap", NAME, "--ignore-not-found")


@contextmanager
def _process(contents: Mapping[str, bytes]) -> Iterator[None]:
    """A process with everything that an environment or a command line can hold."""
    possible = [content for content in contents.values() if b"\0" not in content]
    environment = {b"FORM_%d" % n: content for n, content in enumerate(possible)}
    waiting = [sys.executable.encode(), b"-c", b"import sys; sys.stdin.read()"]
    process = subprocess.Popen([*waiting, *possible], env=environment, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        process.communicate()
