# SPDX-License-Identifier: Apache-2.0
"""Everything that can go wrong, each told to a person in one sentence.

LocalClusterError
├── BadSettingError          a value that no cluster can be made with
├── AddressesInUseError      the addresses overlap with the machine's own or another cluster's
├── MachineUnfitError        not root, too little disk or memory, a kernel part that is missing
├── BusyError                another command works on the cluster of the same name
├── NotRunningError          the command needs a running cluster
├── CommandFailedError       a program that was called ended with an error
└── ComponentFailedError     a part of the cluster ended or did not become ready in time
"""


class LocalClusterError(Exception):
    """The base of all; its text is one sentence that says what is wrong and what to do."""


class BadSettingError(LocalClusterError):
    """A setting has a value that can't be used; the text says which are possible."""


class AddressesInUseError(LocalClusterError):
    """The cluster's addresses overlap with addresses that this machine uses already."""


class MachineUnfitError(LocalClusterError):
    """The machine lacks something: root, disk space, memory, or a part of its kernel."""


class BusyError(LocalClusterError):
    """Another process of this command holds the lock of the cluster of this name."""


class NotRunningError(LocalClusterError):
    """There is no running cluster of this name."""


class CommandFailedError(LocalClusterError):
    """A program ended with an error; the text has its name and its last line."""


class ComponentFailedError(LocalClusterError):
    """A part of the cluster ended, or did not become ready before its deadline."""
