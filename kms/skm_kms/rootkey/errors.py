# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with the root key. The text says what to do, and never what the key is.

RootKeyError
├── RootKeyUnavailableError  it can't be had now; the KMS waits and tries again
└── WrongRootKeyError        it is another root key than the one that wrapped this
"""


class RootKeyError(Exception):
    """Base of every error of this package."""


class RootKeyUnavailableError(RootKeyError):
    """The provider can't be used now: not there, not readable, or not a root key."""


class WrongRootKeyError(RootKeyError):
    """What was wrapped does not open: another root key, or changed bytes."""
