# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes on one Linux machine, without a container engine."""

from .commands import down, load, running, status, up
from .errors import LocalClusterError
from .settings import Settings
from .steps import Steps

__all__ = ["LocalClusterError", "Settings", "Steps", "down", "load", "running", "status", "up"]
