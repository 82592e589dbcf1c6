# SPDX-License-Identifier: Apache-2.0
"""Proof that the tests watch the checks: each is disabled in a copy of the source, one at a time.

A mutant that no test notices is a check that could vanish unseen; a mutant that turns foreign tests
red means that those tests hang on more than they say.
"""

from mutants.catalog import MUTANTS
from mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]
