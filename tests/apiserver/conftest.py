# SPDX-License-Identifier: Apache-2.0
"""A real kube-apiserver on etcd, without kubelet, scheduler or controllers, for every suite below.

What a test gets:

- `apiserver`: the server, one a session, up in a few seconds. `apiserver.admin` is a client in
  `system:masters`; `apiserver.user(name, group)` one with a client certificate;
  `apiserver.node(name)` a fake kubelet; `apiserver.account(namespace, name, ...)` one with a real
  ServiceAccount token; `apiserver.token(...)` such a token alone, bound to a pod or not;
  `apiserver.kubeconfig(client)` a file for kubectl, kopf or the KMS.
- `crds`: the same server with the project's own CRDs established.
- `namespace`: a fresh namespace with its `default` ServiceAccount (nobody else makes one here).

A client answers `Answer(status, body)` and raises nothing for a refusal: refusals are what most
tests are about. `client.must(...)` raises AssertionError unless the answer is 2xx. Types and the
polling `until` are in tests/support/apiserver_harness.py.

There is no garbage collector and no namespace controller: a deleted namespace stays Terminating.
The programs come from `SKM_TEST_BIN`, or are built as `localcluster` builds them, from its cache.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiserver_harness import ApiServer
from apiserver_process import establish_crds, running_apiserver

from localcluster import Settings, Steps, provision


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds kube-apiserver and etcd."""
    if chosen := os.environ.get("SKM_TEST_BIN"):
        return Path(chosen)
    settings = Settings(name="programs", state_root=tmp_path_factory.mktemp("programs"))
    provision.provide(settings, provision.plan(settings), Steps(sys.stderr))
    return settings.bin


@pytest.fixture(scope="session")
def apiserver(programs: Path) -> Iterator[ApiServer]:
    """The API server of this session."""
    with running_apiserver(programs) as server:
        yield server


@pytest.fixture(scope="session")
def crds(apiserver: ApiServer) -> ApiServer:
    """The API server, with the project's CRDs established."""
    establish_crds(apiserver)
    return apiserver


@pytest.fixture
def namespace(apiserver: ApiServer) -> str:
    """A namespace of the test's own."""
    return apiserver.namespace()
