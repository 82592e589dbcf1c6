# SPDX-License-Identifier: Apache-2.0
"""Typed custom resources and their pure translation, for operator, webhook and KMS alike."""

from skm_common.resources.access_policy import (
    ALL_KEYS,
    OPERATIONS,
    AccessPolicySpec,
    Rule,
    WorkloadSubject,
    parse_access_policy,
)
from skm_common.resources.documents import read_document
from skm_common.resources.errors import NotSupportedError, ResourceError
from skm_common.resources.key import (
    CHARSETS,
    MAXIMUM_SECRET,
    SYMMETRIC,
    FixedField,
    GeneratedField,
    GeneratedSecret,
    KeySpec,
    ManagedSecret,
    Material,
    SymmetricKey,
    parse_key,
)
from skm_common.resources.keystore import (
    EVIDENCE,
    METHODS,
    Authentication,
    KeystoreSpec,
    MacMethod,
    parse_keystore,
)
from skm_common.resources.reference import ResourceRef, parse_reference, read_reference
from skm_common.resources.translation import Desired, Spec, translate

__all__ = [
    "ALL_KEYS",
    "CHARSETS",
    "EVIDENCE",
    "MAXIMUM_SECRET",
    "METHODS",
    "OPERATIONS",
    "SYMMETRIC",
    "AccessPolicySpec",
    "Authentication",
    "Desired",
    "FixedField",
    "GeneratedField",
    "GeneratedSecret",
    "KeySpec",
    "KeystoreSpec",
    "MacMethod",
    "ManagedSecret",
    "Material",
    "NotSupportedError",
    "ResourceError",
    "ResourceRef",
    "Rule",
    "Spec",
    "SymmetricKey",
    "WorkloadSubject",
    "parse_access_policy",
    "parse_key",
    "parse_keystore",
    "parse_reference",
    "read_document",
    "read_reference",
    "translate",
]
