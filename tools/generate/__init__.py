# SPDX-License-Identifier: Apache-2.0
"""Files of this repository that are made from others, by one command (`make generate`).

A generator is a function without arguments that returns path → content, paths relative to the
repository's root. `make check` fails when a file on disk differs from what its generator gives.
"""

from generate.crds import chart_crds

GENERATORS = (chart_crds,)
