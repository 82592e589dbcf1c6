# SPDX-License-Identifier: Apache-2.0
"""The agent in an injected pod: it fetches the pod's secrets and keeps them fresh in memory files.

The process that stays imports little of the standard library and nothing else, because it runs in
every pod (records are named tuples: `dataclasses` would load `inspect`, 1.3 MiB); `csr` alone knows
`cryptography`, and runs in a child that lives for a moment. It trusts nothing from the pod's
namespace: addresses, the CA and the names of the keys come from its container's environment, which
an in-apiserver policy compares with what the chart installed.
"""

__all__: list[str] = []
