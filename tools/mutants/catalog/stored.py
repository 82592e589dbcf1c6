# SPDX-License-Identifier: Apache-2.0
"""What is stored: rows and sealed values that are not exactly what was written."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = (
    "tests/unit/kms",
    "tests/unit/kms_safe/crypto",
    "tests/vectors",
)

_CONTEXT: Final = "kms/skm_kms/crypto/context.py"
_CRYPTO_ROWS: Final = "kms/skm_kms/crypto/rows.py"
_LOADING: Final = "kms/skm_kms/service/loading.py"
_SERVICE_ROWS: Final = "kms/skm_kms/service/rows.py"
_TEST_SERVICE_ROWS: Final = "tests/unit/kms/service/test_rows.py"
_TEST_STATE: Final = "tests/unit/kms/service/test_state.py"
_TEST_USE_CASES: Final = "tests/unit/kms/service/test_use_cases.py"
_TEST_CRYPTO_ROWS: Final = "tests/unit/kms_safe/crypto/test_rows.py"
_TEST_SEAL: Final = "tests/unit/kms_safe/crypto/test_seal.py"
_TEST_FORMAT_VECTORS: Final = "tests/vectors/test_format_vectors.py"

MUTANTS: Final = (
    Mutant(
        name="row_authentication",
        file=_SERVICE_ROWS,
        before="verify(keyring, _context(row.table, row.id, row.generation), row.body, row.tag)",
        after="pass",
        suites=SUITES,
        expected=named(
            _TEST_SERVICE_ROWS,
            "test_a_row_of_another_installation_is_refused",
            "test_no_row_survives_an_edit",
        ),
    ),
    Mutant(
        name="row_tag",
        file=_CRYPTO_ROWS,
        before="if not hmac.compare_digest(_tag(keyring.installation, key, context, body), tag):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_SERVICE_ROWS,
            "test_a_row_of_another_installation_is_refused",
            "test_no_row_survives_an_edit",
        )
        | named(
            _TEST_CRYPTO_ROWS,
            "test_an_edited_body_is_refused",
            "test_another_installation_with_the_same_keys_is_refused",
            "test_each_part_of_the_context_alone_is_bound[generation]",
            "test_each_part_of_the_context_alone_is_bound[id]",
            "test_each_part_of_the_context_alone_is_bound[purpose]",
            "test_each_part_of_the_context_alone_is_bound[table]",
            "test_each_part_of_the_context_alone_is_bound[version]",
            "test_every_flipped_bit_of_a_tag_is_refused",
            "test_swapped_rows_are_refused",
        ),
    ),
    Mutant(
        name="row_removed",
        file=_LOADING,
        before="for record in tables.records():",
        after="for record in ():",
        suites=SUITES,
        expected=named(_TEST_STATE, "test_a_removed_row_that_others_name_is_found_at_load"),
    ),
    Mutant(
        name="context_id",
        file=_CONTEXT,
        before="self.id.encode(),",
        after='b"",',
        suites=SUITES,
        expected=named(
            _TEST_CRYPTO_ROWS,
            "test_each_part_of_the_context_alone_is_bound[id]",
            "test_swapped_rows_are_refused",
        )
        | named(
            _TEST_SEAL,
            "test_each_part_of_the_context_alone_is_bound[id]",
            "test_it_opens_in_no_other_context",
        )
        | named(_TEST_FORMAT_VECTORS, "test_sealing_and_row_tags_keep_their_bytes"),
    ),
    Mutant(
        name="context_version",
        file=_CONTEXT,
        before="U64.pack(self.version),",
        after="U64.pack(0),",
        suites=SUITES,
        expected=named(_TEST_USE_CASES, "test_material_belongs_to_its_version")
        | named(_TEST_CRYPTO_ROWS, "test_each_part_of_the_context_alone_is_bound[version]")
        | named(
            _TEST_SEAL,
            "test_each_part_of_the_context_alone_is_bound[version]",
            "test_it_opens_in_no_other_context",
        )
        | named(_TEST_FORMAT_VECTORS, "test_sealing_and_row_tags_keep_their_bytes"),
    ),
)
