# SPDX-License-Identifier: Apache-2.0
from hypothesis import settings

# A busy machine makes single examples slow: time is no property of a pure function. The same
# examples each time: a red test must be red for everybody.
settings.register_profile("skm", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("skm")
