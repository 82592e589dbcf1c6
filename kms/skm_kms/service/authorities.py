# SPDX-License-Identifier: Apache-2.0
"""The certificate authorities that the KMS holds: made once, sealed, loaded at each start."""

from collections.abc import Mapping

from skm_kms.clock import Clock
from skm_kms.crypto import Context, seal, unseal
from skm_kms.identity.authority import Authority, Purpose, new_authority
from skm_kms.model import Authority as AuthorityRecord

from .state import State


async def ensure_authorities(state: State, clock: Clock) -> Mapping[Purpose, Authority]:
    """Every authority of DESIGN §2, ready to sign; those that aren't there yet are made."""
    async with state.writing:
        missing = [p for p in Purpose if p.value not in state.tables.authorities]
        if missing:
            await state.commit(*(_make(state, purpose, clock) for purpose in missing))
    return {purpose: _load(state, purpose) for purpose in Purpose}


def _make(state: State, purpose: Purpose, clock: Clock) -> AuthorityRecord:
    made = new_authority(purpose, clock.now())
    sealed = seal(state.keyring, made.key, _context(purpose, 1))
    return AuthorityRecord(purpose.value, 1, made.certificate, sealed)


def _load(state: State, purpose: Purpose) -> Authority:
    record = state.tables.authorities[purpose.value]
    key = unseal(state.keyring, record.sealed_key, _context(purpose, record.generation))
    return Authority.load(record.certificate, key)


def _context(purpose: Purpose, generation: int) -> Context:
    return Context("authority-key", AuthorityRecord.table, purpose.value, 0, generation)
