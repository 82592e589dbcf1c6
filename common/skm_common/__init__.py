# SPDX-License-Identifier: Apache-2.0
"""What every process of the key manager shares: names, typed resources, pure policy rules."""

__version__ = "0.1.0"
