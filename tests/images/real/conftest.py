# SPDX-License-Identifier: Apache-2.0
"""Real images, built with buildah from a copy of the checkout and under names of their own."""

import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from imagebuilder.build import Built, build
from imagebuilder.catalog import select
from imagebuilder.engines import Buildah, choose
from imagebuilder.settings import Settings
from imagebuilder.tree import alone
from localcluster import build as programs
from localcluster.modules import PROGRAMS, Module
from localcluster.settings import default_cache
from localcluster.steps import Steps
from localcluster.toolchain import candidates, install, installed

PARTS = ("client", "common", "examples", "images", "injector", "kms", "operator", "requirements")


@dataclass
class Workshop:
    """A copy of the checkout that a test may change, and the engine's own storage."""

    settings: Settings
    engine: Buildah

    def build(self, *names: str) -> list[Built]:
        with alone(self.settings.cache):
            return build(self.settings, self.engine, select(list(names)), lambda line: None)

    def inspect(self, image: Built) -> dict[str, Any]:
        words = [*self.engine.command, "inspect", "--type", "image", image.reference]
        found: dict[str, Any] = json.loads(
            subprocess.run(words, check=True, capture_output=True).stdout
        )
        return found

    def layers(self, image: Built) -> list[str]:
        manifest = json.loads(self.inspect(image)["Manifest"])
        return [layer["digest"] for layer in manifest["layers"]]

    def files(self, image: Built, folder: Path) -> list[tuple[int, tarfile.TarInfo]]:
        """Return every entry of every layer, with the layer's number."""
        archive = folder / "image.tar"
        with alone(self.settings.cache):
            self.engine.save([image.reference], archive)
        entries = []
        with tarfile.open(archive) as outer:
            for number, digest in enumerate(self.layers(image)):
                layer = outer.extractfile(f"blobs/sha256/{digest.removeprefix('sha256:')}")
                assert layer
                with tarfile.open(fileobj=layer) as inner:
                    entries += [(number, entry) for entry in inner]
        return entries

    def run(self, image: Built, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the image's entry point as its user, with a read-only root and no capability."""
        config = self.inspect(image)["OCIv1"]["config"]
        return self._in_root(image, [*config["Entrypoint"], *words], config)

    def python(self, image: Built, program: str) -> subprocess.CompletedProcess[str]:
        """Run a program by the image's own Python, likewise."""
        config = self.inspect(image)["OCIv1"]["config"]
        return self._in_root(image, ["python3", "-I", "-c", program], config)

    def _in_root(
        self, image: Built, words: list[str], config: dict[str, Any]
    ) -> subprocess.CompletedProcess[str]:
        buildah = self.engine.command
        name = self._output(*buildah, "from", image.reference)
        try:
            root = self._output(*buildah, "mount", name)
            user, group = config["User"].split(":")
            script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec env -i "$@"'
            drop = ["--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
            drop += ["--ambient-caps=-all", f"--reuid={user}", f"--regid={group}"]
            enter = ["/usr/bin/setpriv", *drop, "--", *words]
            command = ["unshare", "--mount", "sh", "-c", script, root, *config["Env"]]
            command += [shutil.which("chroot") or "chroot", root, *enter]
            return subprocess.run(command, check=False, capture_output=True, text=True)
        finally:
            self._output(*buildah, "rm", name)

    @staticmethod
    def _output(*words: str) -> str:
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    own = Settings()
    checkout = tmp_path / "checkout"
    for part in PARTS:
        shutil.copytree(own.checkout / part, checkout / part)
    engine = choose("buildah", own.cache)
    assert isinstance(engine, Buildah)
    return Workshop(replace(own, checkout=checkout, registry="localhost/skm-test"), engine)


def _registry_program() -> Path:
    name = "github.com/distribution/distribution/v3"
    module = Module(PROGRAMS / "registry", {"registry": "."}, name)
    cache = default_cache(os.environ)
    toolchain = installed(module.go, candidates(cache)) or install(cache)
    return programs.build(module, toolchain, cache, Steps(io.StringIO())) / "registry"


CONFIGURATION = """version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A real registry on the loopback; its HOST:PORT."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "registry.yaml"
    file.write_text(CONFIGURATION.format(folder=tmp_path / "registry", port=port))
    with subprocess.Popen([_registry_program(), "serve", file]) as process:
        try:
            _wait_for(lambda: _answers(port))
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the registry doesn't answer")
        time.sleep(0.02)
