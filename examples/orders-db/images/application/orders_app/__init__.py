# SPDX-License-Identifier: Apache-2.0
"""An application that keeps orders in PostgreSQL and never learns its password by other ways."""
