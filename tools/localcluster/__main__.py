# SPDX-License-Identifier: Apache-2.0
"""`python -m localcluster`."""

import sys

from .cli import main

sys.exit(main())
