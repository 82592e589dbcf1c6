# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server that takes its role's password from files, and follows when they change."""
