# SPDX-License-Identifier: Apache-2.0
"""The main job shown on a real cluster: `python -m demo up|down|rogues|canary`."""
