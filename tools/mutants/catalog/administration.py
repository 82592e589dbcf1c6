# SPDX-License-Identifier: Apache-2.0
"""Administration: roles, and the operator's word held against the live resource."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = (
    "tests/unit/kms",
    "tests/contract/test_admin_plane.py",
    "tests/contract/test_what_ends_access.py",
)

_CALLERS: Final = "kms/skm_kms/api/admin/callers.py"
_OBJECTS: Final = "kms/skm_kms/api/admin/objects.py"
_ADMINISTRATORS: Final = "kms/skm_kms/service/administrators.py"
_APPLYING: Final = "kms/skm_kms/service/applying.py"
_DELETION: Final = "kms/skm_kms/service/deletion.py"
_KEYSTORES: Final = "kms/skm_kms/service/keystores.py"
_TEST_ADMIN_PLANE: Final = "tests/contract/test_admin_plane.py"
_TEST_WHAT_ENDS_ACCESS: Final = "tests/contract/test_what_ends_access.py"
_TEST_DELETION: Final = "tests/unit/kms/service/test_deletion.py"
_TEST_KEYSTORES: Final = "tests/unit/kms/service/test_keystores.py"
_TEST_USE_CASES: Final = "tests/unit/kms/service/test_use_cases.py"

MUTANTS: Final = (
    Mutant(
        name="admin_role",
        file=_ADMINISTRATORS,
        before="if self.role not in roles:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_ADMIN_PLANE,
            "test_an_auditor_reads_and_changes_nothing",
            "test_the_operator_changes_nothing_by_its_own_word",
        )
        | named(_TEST_USE_CASES, "test_a_role_allows_what_it_says"),
    ),
    Mutant(
        name="admin_certificate_ended",
        file=_ADMINISTRATORS,
        before="if core.clock.now() >= row.expires_at:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_USE_CASES, "test_a_certificate_without_its_row_proves_nothing"),
    ),
    Mutant(
        name="admin_certificate_taken_away",
        file=_ADMINISTRATORS,
        before="if row.certificate == fingerprint:",
        after="if True:",
        suites=SUITES,
        expected=named(
            _TEST_ADMIN_PLANE,
            "test_a_removed_administrator_is_refused_on_a_connection_that_stands",
            "test_an_auditor_reads_and_changes_nothing",
        )
        | named(_TEST_USE_CASES, "test_a_certificate_without_its_row_proves_nothing"),
    ),
    Mutant(
        name="operator_account",
        file=_CALLERS,
        before="if account != self.operator:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_ADMIN_PLANE, "test_another_service_account_has_no_role"),
    ),
    Mutant(
        name="operator_namespace",
        file=_CALLERS,
        before="if limited and namespace not in (self.namespaces or ()):",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_WHAT_ENDS_ACCESS, "test_the_operator_acts_in_its_namespaces_only"),
    ),
    Mutant(
        name="operator_needs_a_resource",
        file=_OBJECTS,
        before="        if asked.resource is None:\n            caller.must_be(ADMINISTRATOR)",
        after="        if asked.resource is None:",
        suites=SUITES,
        expected=named(_TEST_ADMIN_PLANE, "test_the_operator_changes_nothing_by_its_own_word"),
    ),
    Mutant(
        name="operator_names_the_live_generation",
        file=_APPLYING,
        before="if (live.uid, live.generation) != (reference.uid, reference.generation):",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_ADMIN_PLANE, "test_the_cluster_must_say_the_same_as_the_call"),
    ),
    Mutant(
        name="operator_says_the_live_document",
        file=_APPLYING,
        before="if wanted.document() != desired:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_ADMIN_PLANE, "test_the_cluster_must_say_the_same_as_the_call"),
    ),
    Mutant(
        name="operator_rotates_by_annotation",
        file=_APPLYING,
        before="if annotations.get(ROTATE_AT) != rotate_at:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_ADMIN_PLANE, "test_the_operator_rotates_only_as_the_live_annotation_says"
        ),
    ),
    Mutant(
        name="operator_deletes_what_stands",
        file=_DELETION,
        before="if live is not None and live.uid == uid and not live.terminating:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_ADMIN_PLANE, "test_a_resource_that_stands_is_not_gone")
        | named(_TEST_DELETION, "test_a_resource_that_stands_isnt_gone"),
    ),
    Mutant(
        name="managed_by_a_resource",
        file=_KEYSTORES,
        before="if standing is not None and origin is None:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_ADMIN_PLANE, "test_what_has_a_resource_is_changed_only_through_it")
        | named(_TEST_KEYSTORES, "test_an_object_is_changed_only_from_where_it_came"),
    ),
    Mutant(
        name="namespace_made_again",
        file=_KEYSTORES,
        before="if keystore.binding != binding:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_ADMIN_PLANE,
            "test_a_namespace_made_again_inherits_nothing_until_an_administrator_says_so",
        )
        | named(_TEST_KEYSTORES, "test_another_namespace_or_cluster_inherits_nothing"),
    ),
    Mutant(
        name="first_administrator_once",
        file=_ADMINISTRATORS,
        before="if first and rows:",
        after="if False:",
        suites=("tests/unit/kms",),
        expected=named(_TEST_USE_CASES, "test_the_first_is_made_once_and_the_last_stays"),
    ),
)
