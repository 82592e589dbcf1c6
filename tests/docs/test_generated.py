# SPDX-License-Identifier: Apache-2.0
"""Generated pages hold everything that they are made from, and come out the same each time."""

import json
from dataclasses import dataclass
from importlib import import_module

import pytest
from docs_pages import CHECKOUT

from generate import GENERATORS
from generate.markdown import table
from generate.problems import REMEDIES
from generate.settings import PROCESSES, reasons
from skm_common.problems import TABLE


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda generator: generator.__name__)
def test_a_generator_gives_the_same_twice_and_what_is_on_disk(generator):
    made = generator()
    assert made == generator()
    for path, content in made.items():
        assert (CHECKOUT / path).read_text() == content, f"{path}: run make generate"


@pytest.mark.parametrize(("title", "module"), PROCESSES, ids=[title for title, _ in PROCESSES])
def test_every_setting_of_a_process_says_why(title, module):
    told = reasons(import_module(module).Settings)
    assert len(told) > 3
    assert all(len(text) > 15 for text in told.values())


@dataclass
class Untold:
    """A class as nobody should write it."""

    first: int = 1
    second: int = 2


def test_a_setting_without_a_reason_is_refused():
    with pytest.raises(ValueError, match="without a docstring"):
        reasons(Untold)


def test_every_problem_has_a_remedy():
    assert REMEDIES.keys() == TABLE.keys()
    assert all(len(text.split()) > 8 for text in REMEDIES.values())


def test_the_published_document_has_every_call_of_the_admin_plane():
    document = json.loads((CHECKOUT / "docs" / "openapi.json").read_text())
    assert "/v1/keystores/{keystore}/keys/{key}:rotate" in document["paths"]
    assert "/v1/administrators" in document["paths"]


def test_a_cell_of_a_table_stays_a_cell():
    assert table(("a",), [("x | y\nz",)]).splitlines()[-1] == r"| x \| y z |"
