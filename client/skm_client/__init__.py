# SPDX-License-Identifier: Apache-2.0
"""A small synchronous client of the key manager: its data plane and its admin plane."""

from skm_client.admin import AdminClient
from skm_client.connections import Endpoint, tls_transport, unix_transport
from skm_client.credentials import (
    Credentials,
    client_context,
    parse_credentials,
    read_credentials,
)
from skm_client.data import DataClient, Encrypted, Secret
from skm_client.errors import (
    ClientError,
    CredentialsError,
    Problem,
    ProblemError,
    UndeterminedError,
    UnreachableError,
    UsageError,
    VerificationError,
)
from skm_client.transport import HttpTransport, Transport

__all__ = [
    "AdminClient",
    "ClientError",
    "Credentials",
    "CredentialsError",
    "DataClient",
    "Encrypted",
    "Endpoint",
    "HttpTransport",
    "Problem",
    "ProblemError",
    "Secret",
    "Transport",
    "UndeterminedError",
    "UnreachableError",
    "UsageError",
    "VerificationError",
    "client_context",
    "parse_credentials",
    "read_credentials",
    "tls_transport",
    "unix_transport",
]
