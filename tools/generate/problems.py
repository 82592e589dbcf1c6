# SPDX-License-Identifier: Apache-2.0
"""docs/problems.md: every code of a problem document, with what mends it."""

from pathlib import Path
from typing import Final

from generate.markdown import page, table
from skm_common.problems import TABLE, TYPE_PREFIX

TARGET: Final = Path("docs/problems.md")
INTRODUCTION: Final = f"""
Every refusal of every plane is a problem document (RFC 9457, `application/problem+json`) with a
stable `code`; `type` is `{TYPE_PREFIX}` and the code. Programs should look at `code`, people at
`detail` and, where there is one, `remedy`. A refused caller also reads the `check` that decided
(`clientCertificate`, `ipv4`, `mac`, `policy`) and the `outcome`, `denied` or `undetermined`. The
header `X-Request-Id` finds the call in the KMS's log and in the audit log.

Only 403 `denied` and 404 `not_found` for a key that was served before let an agent wipe files. All
others leave them alone.
"""
REMEDIES: Final = {
    "invalid_request": """
The request is malformed: JSON that can't be read, an unknown field, a wrong type, a value outside
its bounds. `detail` names the field and what is wrong with it, and never quotes what stood there.
Mend the request; the same one fails again.""",
    "unauthenticated": """
Neither a client certificate of the plane's own CA nor a token of its audience was presented, or
it isn't valid. For the CLI: name the credentials file by `--credentials` or `SKM_CREDENTIALS`. For
a workload: let the kubelet project the token; an audience of ours can't be asked for by hand.""",
    "session_ended": """
The session certificate has expired, or a newer session of the same pod has replaced it, or the KMS
holds no row of it. This is no refusal: make a new session at the identity plane, as the agent does
by itself. If two processes of one pod take turns with this code, one of them holds a stolen token:
see the takeovers in the audit log.""",
    "denied": """
A fact that a check asks for is false, and asking again doesn't change it. [Operations][o] says for
each check what to look at; `GET /v1/whoami` from the same place says what the KMS saw.

[o]: operations.md""",
    "forbidden": """
The caller is known on the admin plane, but its role doesn't allow this call, or (for the operator)
the live custom resource doesn't say what the call asks for. `skm administrator list` shows who has
which role.""",
    "not_found": """
There is no such object, or (data plane) no rule lets this caller see it; the two can't be told
apart from outside. Compare the name, then `kubectl get skmap -n NAMESPACE`: does a policy name this
ServiceAccount, and do the pod's labels match now and at its creation?""",
    "method_not_allowed": """
The path exists and takes other methods; the header `Allow` names them.""",
    "request_timeout": """
Headers or body didn't arrive in time (10 s and 20 s). Look at the network between, then try
again.""",
    "conflict": """
Something else changed first, or stands where the request would put something: another version than
`expectedVersion`, an object of the same name, a resource that still stands in the cluster. Read the
object again, and decide anew.""",
    "adoption_required": """
The keystore was made in an earlier namespace of the same name, and the one that bears the name now
inherits nothing by itself. If it is meant to, an administrator says
`skm keystore adopt NAMESPACE.KEYSTORE`.""",
    "managed_by_resource": """
A Keystore, Key or AccessPolicy stands behind this object, and would put it back. Change the
resource with kubectl.""",
    "snapshot_required": """
A node agent's report doesn't follow the one before. The node agent sends a snapshot by itself; seen
again and again, it means that two processes report for one node.""",
    "gone": """
The version was destroyed and can't be brought back. Ask for the current one.""",
    "too_large": """
The body, or a value in it, is larger than allowed: 32 KiB for a secret or a plaintext, and 64 KiB
(data plane) or 256 KiB (admin and identity plane) for a body. Encrypt larger things with a key of
your own.""",
    "unsupported_media_type": """
The body must be JSON and say so: `Content-Type: application/json`.""",
    "headers_too_large": """
Request line and headers may have 16 KiB and 64 fields together. A proxy or a cookie jar has usually
added them.""",
    "internal": """
A fault of the server. Its log holds the reason under the request's `X-Request-Id`; please report
it.""",
    "not_supported": """
The design has this and this version doesn't. `ROADMAP.md` says when. A custom
resource that asks for it is not Ready, reason `NotSupported`.""",
    "undetermined": """
A fact can't be known now: the KMS hasn't heard from the API server, or from the pod's node, or
hasn't heard of the pod yet. Wait as long as `Retry-After` says and ask again. If it stays, look at
the part that `detail` names.""",
    "unavailable": """
The KMS can't answer anybody now: it is starting, its database or its audit log can't be written.
`/readyz` on port 8081 says what is missing.""",
}


def problems_page() -> dict[Path, str]:
    """One section a code, in the order of their statuses."""
    if REMEDIES.keys() != TABLE.keys():
        raise ValueError(f"remedies and problems differ: {REMEDIES.keys() ^ TABLE.keys()}")
    rows = [(f"[`{code}`](#{code})", str(status), title) for code, (status, title) in TABLE.items()]
    parts = [
        f"## {code}\n\nHTTP {status}. {title}.\n\n{REMEDIES[code].strip()}"
        for code, (status, title) in TABLE.items()
    ]
    source = "`skm_common.problems` and the remedies in `tools/generate/problems.py`"
    index = table(("code", "status", "title"), rows)
    return {TARGET: page("Problems", source, INTRODUCTION, index, *parts)}
