# SPDX-License-Identifier: Apache-2.0
"""The KMS's URLs, with every name quoted: a name can't reach another path."""

from urllib.parse import quote, urlencode


def keystore(name: str) -> str:
    """A keystore by its full name, `<namespace>.<name>`."""
    return f"/v1/keystores/{quote(name, safe='')}"


def key(keystore_name: str, name: str) -> str:
    """A key of a keystore."""
    return f"{keystore(keystore_name)}/keys/{quote(name, safe='')}"


def policies(keystore_name: str) -> str:
    """The access policies of a keystore."""
    return f"{keystore(keystore_name)}/policies"


def query(path: str, **parameters: object) -> str:
    """Add the parameters that are not None."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def administrator(name: str) -> str:
    """An administrator by name."""
    return f"/v1/administrators/{quote(name, safe='')}"


def audit(log: str, part: str) -> str:
    """A part of an audit log: `checkpoint`, `tile/0/000`, `tile/entries/000`."""
    return f"/v1/audit/{quote(log, safe='')}/{quote(part)}"
