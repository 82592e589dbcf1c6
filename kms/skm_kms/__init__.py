# SPDX-License-Identifier: Apache-2.0
"""The KMS server: keystores, keys and secrets, served to callers it has checked itself."""
