# SPDX-License-Identifier: Apache-2.0
import pytest

from imagebuilder.__main__ import main, parser
from imagebuilder.catalog import TARGETS


def test_help_names_every_target(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["build", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert all(target.name in text for target in TARGETS)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["load"],
        ["load", "--kind", "a", "--localcluster", "b"],
        ["push"],
        ["build", "--engine", "img"],
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(words)


def test_a_failure_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("SKM_CACHE", str(tmp_path))
    assert main(["build", "--target", "nonsense", "--engine", "buildah"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: There is no target 'nonsense'")
    assert error.count("\n") == 1
