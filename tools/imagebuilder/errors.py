# SPDX-License-Identifier: Apache-2.0
"""What can go wrong while images are built, each told in one sentence.

ImageBuilderError
├── BadTargetError      a target that images/Containerfile doesn't have
├── BadRequirementsError   requirement files that contradict each other or carry no hash
└── NoEngineError      no program on this machine can build images
"""


class ImageBuilderError(Exception):
    """The base of all; its text says what is wrong and what to do."""


class BadTargetError(ImageBuilderError):
    """There is no such target, or its source folder is missing."""


class BadRequirementsError(ImageBuilderError):
    """Two requirement files pin different versions of a package, or one has no hash."""


class NoEngineError(ImageBuilderError):
    """Neither docker, podman nor buildah works here, or the chosen one doesn't."""
