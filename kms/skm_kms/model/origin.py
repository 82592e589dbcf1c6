# SPDX-License-Identifier: Apache-2.0
"""Where an object of the KMS comes from: its place in a cluster, and the resource behind it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Binding:
    """The place a keystore belongs to: a namespace made again under an old name is another place.

    `cluster` is the UID of namespace `kube-system`, `namespace` the UID of the keystore's own.
    """

    cluster: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The custom resource behind an object, at the generation that was applied last."""

    uid: str
    generation: int
