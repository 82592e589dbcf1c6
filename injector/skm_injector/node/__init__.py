# SPDX-License-Identifier: Apache-2.0
"""The node agent: attests the MAC behind each pod's address on its node (DESIGN §6.8).

It stands on the standard library alone. Records, judgement, ledger and reports are pure; kernel,
replica and health touch the outside; watcher and fleet tie them together.
"""
