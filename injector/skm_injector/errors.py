# SPDX-License-Identifier: Apache-2.0
"""The error of what the agent and the node agent share; each has its own tree beside it."""


class UnreachableError(Exception):
    """The KMS couldn't be asked, or its answer can't be read: it says nothing about rights.

    No message holds a value of a secret, or of a token.
    """
