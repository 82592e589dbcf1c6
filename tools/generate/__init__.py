# SPDX-License-Identifier: Apache-2.0
"""Files of this repository that are made from others, by one command (`make generate`).

A generator is a function without arguments that returns path → content, paths relative to the
repository's root. `make check` fails when a file on disk differs from what its generator gives.
"""

from generate.chart_values import chart_values_page
from generate.cli import cli_page
from generate.crds import chart_crds
from generate.custom_resources import custom_resources_page
from generate.openapi import openapi_document
from generate.problems import problems_page
from generate.settings import settings_page

GENERATORS = (
    chart_crds,
    chart_values_page,
    cli_page,
    custom_resources_page,
    openapi_document,
    problems_page,
    settings_page,
)
