# SPDX-License-Identifier: Apache-2.0
"""`make canary`: search every place for the demo's password, in every form; it must be nowhere.

The same pass looks for a second, made-up password that was planted in each form and place. A search
that misses one of those proves nothing, and fails.
"""

from demo.canary.run import canary

__all__ = ["canary"]
