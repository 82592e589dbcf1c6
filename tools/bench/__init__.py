# SPDX-License-Identifier: Apache-2.0
"""Speed and memory, each figure beside its bound.

A figure never fails a run: a busy machine would then decide about the code. What a person should
look at is marked; whoever compares two versions runs both in one session.
"""

from bench.figures import Bound, Figure

__all__ = ["Bound", "Figure"]
