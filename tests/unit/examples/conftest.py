# SPDX-License-Identifier: Apache-2.0
"""The example's programs are no packages of this project: images bring them onto the path."""

import sys
from pathlib import Path

IMAGES = Path(__file__).parents[3] / "examples" / "orders-db" / "images"
sys.path[:0] = [str(IMAGES / "postgres"), str(IMAGES / "application")]
