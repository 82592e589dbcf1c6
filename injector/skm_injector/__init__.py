# SPDX-License-Identifier: Apache-2.0
"""Injection: the webhook, the agent in the pod, and the agent on the node."""
