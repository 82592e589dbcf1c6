# SPDX-License-Identifier: Apache-2.0
"""Brings the images to the cluster by the builder's own command."""

import sys

from demo.access import Access
from demo.settings import CHECKOUT
from imagebuilder.tree import require_python
from localcluster.shell import run

__all__ = ["deliver", "require_python"]


def deliver(access: Access) -> str:
    """Build what has changed and bring it there; the builder's last line."""
    if access.local:
        where = ["load", "--localcluster", access.local]
    elif access.registry == "localhost":
        where = ["load", "--kind", _kind_name(access)]
    else:
        where = ["push", "--registry", access.registry]
    return run(sys.executable, "-m", "imagebuilder", *where, cwd=CHECKOUT)


def _kind_name(access: Access) -> str:
    context = access.kubectl("config", "current-context").strip()
    return context.removeprefix("kind-")
