# SPDX-License-Identifier: Apache-2.0
"""The one configuration that the operator may touch, in place of another suite's for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apiserver_harness import Client

from skm_common import names

FOLDER = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
PATH = f"{FOLDER}/{names.WEBHOOK}"


@contextmanager
def webhooks_of_ours(admin: Client, webhooks: list[dict[str, Any]]) -> Iterator[str]:
    """Puts these webhooks into the configuration, and what stood there back at the end."""
    found = admin.get(PATH)
    if found.status == 200:
        admin.delete(PATH)
    admin.must("POST", FOLDER, {"metadata": {"name": names.WEBHOOK}, "webhooks": webhooks})
    try:
        yield PATH
    finally:
        admin.delete(PATH)
        if found.status == 200:
            kept = {"name": names.WEBHOOK, "labels": found.body["metadata"].get("labels", {})}
            admin.must("POST", FOLDER, {"metadata": kept, "webhooks": found.body["webhooks"]})
