# SPDX-License-Identifier: Apache-2.0
"""Use cases of the KMS: what each plane asks for, as functions of the state in memory."""
