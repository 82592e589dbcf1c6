# SPDX-License-Identifier: Apache-2.0
"""The command line of the bench."""

import pytest

from bench.__main__ import main, parser


def test_without_a_word_every_part_is_measured_in_twenty_pairs() -> None:
    asked = parser().parse_args([])
    assert (asked.parts, asked.pairs, asked.rounds, asked.kubeconfig) == ([], 20, 5, None)


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["latency"])
    assert caught.value.code == 2
    assert "latency" in capsys.readouterr().err
