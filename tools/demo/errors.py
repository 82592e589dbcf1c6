# SPDX-License-Identifier: Apache-2.0
"""What ends a demonstration, told in one sentence.

DemoError
├── RefusedError   the person, or a setting, says that the cluster must not be touched
├── AdoptionError  the KMS keeps what an earlier demonstration left, and asks whose it is
├── TooLateError   something did not come true before its deadline
└── UnsoundError   the demonstration showed what must never be: a rogue served, a password found
"""


class DemoError(Exception):
    """The base of all; its text is one sentence that says what is wrong and what to do."""


class RefusedError(DemoError):
    """Nothing was touched."""


class AdoptionError(DemoError):
    """An administrator must say that a namespace made again is the same one."""


class TooLateError(DemoError):
    """A deadline passed; the text says what was awaited and what was seen last."""


class UnsoundError(DemoError):
    """A promise of the project was seen broken."""
