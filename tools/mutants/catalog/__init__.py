# SPDX-License-Identifier: Apache-2.0
"""The mutants: every check that stands between a caller and a secret, each with its tests.

A new check gets its mutant here with the tests that must notice; `python -m mutants NAME` says
which do.
"""

from typing import Final

from mutants.catalog import (
    access,
    addresses,
    administration,
    injection,
    policies,
    proofs,
    records,
    sessions,
    stored,
    system_key,
    witnesses,
)
from mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *sessions.MUTANTS,
    *addresses.MUTANTS,
    *proofs.MUTANTS,
    *policies.MUTANTS,
    *access.MUTANTS,
    *records.MUTANTS,
    *administration.MUTANTS,
    *stored.MUTANTS,
    *system_key.MUTANTS,
    *injection.MUTANTS,
    *witnesses.MUTANTS,
)
