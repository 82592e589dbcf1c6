# SPDX-License-Identifier: Apache-2.0
"""`make rogues`: pods that must be refused, each by its check, on a real cluster."""

from demo.rogues.run import NAMESPACES, run_all, set_the_stage
from demo.rogues.scenarios import SCENARIOS, Scenario

__all__ = ["NAMESPACES", "SCENARIOS", "Scenario", "run_all", "set_the_stage"]
