# SPDX-License-Identifier: Apache-2.0
"""The command line `skm`, also `kubectl skm`; one file a subcommand."""

from skm_client.cli.main import main

__all__ = ["main"]
