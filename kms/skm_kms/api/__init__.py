# SPDX-License-Identifier: Apache-2.0
"""The planes of the KMS (DESIGN §5): HTTP and TLS at the edge, use cases behind it."""
