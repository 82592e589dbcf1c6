# SPDX-License-Identifier: Apache-2.0
"""The system-key server: one client by name, and creation by compare-and-set."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = ("tests/unit/kms_safe/systemkey",)

_PROTOCOL: Final = "kms/skm_kms/systemkey/protocol.py"
_TEST_SERVER: Final = "tests/unit/kms_safe/systemkey/test_server.py"

MUTANTS: Final = (
    Mutant(
        name="system_key_client_name",
        file=_PROTOCOL,
        before="if tls is None or names.KMS not in peer_names(tls.getpeercert()):",
        after="if tls is None:",
        suites=SUITES,
        expected=named(_TEST_SERVER, "test_another_name_under_the_internal_ca_is_refused"),
    ),
)
