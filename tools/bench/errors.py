# SPDX-License-Identifier: Apache-2.0
"""What ends a measurement, told in one sentence.

BenchError
├── NotReadyError      something in the cluster did not become what the measurement needs
└── NoFigureError      a harness ran and gave no figure that can be read
"""


class BenchError(Exception):
    """The base of all; its text is one sentence."""


class NotReadyError(BenchError):
    """The text says what was awaited, and for how long."""


class NoFigureError(BenchError):
    """The text says which harness, and what it said last."""
