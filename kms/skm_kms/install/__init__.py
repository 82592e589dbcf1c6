# SPDX-License-Identifier: Apache-2.0
"""The program of the install job: root key, internal CA, namespaces and published certificates."""
