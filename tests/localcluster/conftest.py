# SPDX-License-Identifier: Apache-2.0
"""Lets the real suite import its helpers, whose names no other suite uses."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "real"))
