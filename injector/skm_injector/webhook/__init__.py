# SPDX-License-Identifier: Apache-2.0
"""The admission webhook: annotations on a pod become an agent, or a refusal that says what to do.

The way of a review: `annotations` parse → `pods` and `rights` validate → `plan` → `patch`. All of
that is pure; `serving`, `watches` and `app` are the edge. The webhook returns no secret, mints no
token, and takes neither the KMS's address nor its CA nor the agent's image from a pod.
"""

__all__: list[str] = []
