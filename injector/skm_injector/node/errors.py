# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in the node agent.

NodeAgentError
├── RecordError       a file of the CNI's result cache can't be understood
├── NetlinkError      the kernel refused to answer, or its answer can't be understood
└── ReplicaError      a replica of the KMS can't be reached, or didn't take a report
    └── SnapshotRequiredError   it wants to begin again with the whole
"""


class NodeAgentError(Exception):
    """The base of all."""


class RecordError(NodeAgentError):
    """A file of the CNI's result cache can't be understood; the text names the part, no value."""


class NetlinkError(NodeAgentError):
    """The kernel refused to answer, or its answer can't be understood."""


class ReplicaError(NodeAgentError):
    """A replica of the KMS can't be reached, or didn't take a report."""


class SnapshotRequiredError(ReplicaError):
    """A replica wants the whole before it takes further changes."""
