# SPDX-License-Identifier: Apache-2.0
"""The table of clusters says of each cell how it is known."""

from docs_pages import CHECKOUT

ROWS = [
    line.strip("| ").split(" | ")
    for line in (CHECKOUT / "docs" / "clusters.md").read_text().splitlines()
    if line.startswith("| ")
]


def test_each_cell_is_tested_by_source_or_no():
    assert len(ROWS) > 8
    for name, *cells in ROWS[1:]:
        assert len(cells) == 4, name
        for cell in cells:
            assert cell.startswith(("tested here", "by source", "no:")), (name, cell)


def test_the_kinds_of_cluster_that_people_have_are_there():
    names = " ".join(row[0] for row in ROWS)
    for kind in ("kind", "k3s", "EKS", "GKE", "AKS", "OpenShift"):
        assert kind in names
