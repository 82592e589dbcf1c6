# SPDX-License-Identifier: Apache-2.0
"""The mutants: every check that stands between a caller and a secret, each with its tests."""

from typing import Final

from mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = ()
