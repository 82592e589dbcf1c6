# SPDX-License-Identifier: Apache-2.0
"""The data plane (DESIGN §5): what workloads ask for."""

from .app import DataApp
from .calls import DataCalls
from .hot import HotProtocol

__all__ = ["DataApp", "DataCalls", "HotProtocol"]
