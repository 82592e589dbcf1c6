# SPDX-License-Identifier: Apache-2.0
"""The operator: carries custom resources into the KMS and the webhook's certificates into place."""
