# SPDX-License-Identifier: Apache-2.0
"""`python -m skm_client.cli`, for images without a shell."""

import sys

from skm_client.cli.main import main

sys.exit(main())
