# SPDX-License-Identifier: Apache-2.0
"""From options and environment to a connection: straight to `--server`, else through kubectl."""

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from skm_client.admin import AdminClient
from skm_client.connections import Endpoint, tls_transport
from skm_client.credentials import Credentials, client_context, read_credentials
from skm_client.errors import CredentialsError, UsageError
from skm_client.port_forward import port_forward
from skm_client.transport import HttpTransport
from skm_common import names


def connection_options() -> argparse.ArgumentParser:
    """The options that every command has which talks to the KMS over the network."""
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    group = options.add_argument_group("how the KMS is reached")
    group.add_argument(
        "--server",
        metavar="URL",
        default=os.environ.get("SKM_SERVER"),
        help="https://host[:port] of the KMS; default: $SKM_SERVER, else through kubectl",
    )
    group.add_argument(
        "--ca",
        metavar="FILE",
        type=Path,
        default=_path("SKM_CA_FILE"),
        help="the internal CAs' certificates (PEM); default: those in the credentials file",
    )
    group.add_argument(
        "--credentials",
        metavar="FILE",
        type=Path,
        default=_path("SKM_CREDENTIALS"),
        help="file from `skm init` or `skm administrator add`; default: $SKM_CREDENTIALS",
    )
    group.add_argument(
        "--kubernetes", action="store_true", help="go through kubectl even if SKM_SERVER is set"
    )
    group.add_argument("--context", metavar="NAME", help="kubectl's context; default: the current")
    group.add_argument(
        "-n",
        "--namespace",
        default=names.NAMESPACE,
        help="the namespace that the KMS runs in (default: %(default)s)",
    )
    options.add_argument("--json", action="store_true", help="print results as JSON")
    return options


@contextmanager
def admin_client(args: argparse.Namespace) -> Iterator[AdminClient]:
    """A client of the admin plane for the options; raises ClientError."""
    if args.credentials is None:
        raise CredentialsError(
            "Say who you are: --credentials FILE or SKM_CREDENTIALS. The first file comes from"
            f" `kubectl -n {args.namespace} exec {names.KMS}-0 -c kms -- skm init`."
        )
    with open_transport(args, names.ADMIN_PORT, read_credentials(args.credentials)) as transport:
        yield AdminClient(transport)


@contextmanager
def open_transport(
    args: argparse.Namespace, port: int, credentials: Credentials | None, chain: Path | None = None
) -> Iterator[HttpTransport]:
    """A transport to one plane, by its port; `chain` is the file to present if not credentials'."""
    name = names.service_name(names.KMS, args.namespace)
    if credentials is not None:
        name, chain = credentials.server_name or name, args.credentials
    context = client_context(_trust(args, credentials), chain)
    with ExitStack() as stack:
        if args.server and not args.kubernetes:
            endpoint = Endpoint.parse(args.server, port, name)
        else:
            way = port_forward(names.KMS, port, namespace=args.namespace, context=args.context)
            endpoint = Endpoint("127.0.0.1", stack.enter_context(way), name)
        yield stack.enter_context(tls_transport(endpoint, context))


def _trust(args: argparse.Namespace, credentials: Credentials | None) -> str:
    if args.ca is not None:
        try:
            found: str = args.ca.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise CredentialsError(f"{args.ca} can't be read as certificates.") from None
        return found
    if credentials is None and args.credentials is not None:
        credentials = read_credentials(args.credentials)
    if credentials is None:
        raise UsageError("Name the internal CAs' certificates: --ca FILE, or --credentials FILE.")
    return credentials.ca_bundle


def _path(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
