# SPDX-License-Identifier: Apache-2.0
"""A measured figure beside its bound, and how a list of them is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

_HEAD: Final = ("figure", "measured", "bound", "", "how")


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure's limit: at most or at least `value`, in the figure's unit."""

    side: Literal["at most", "at least"]
    value: float

    def holds(self, measured: float) -> bool:
        """Whether a figure lies within; the limit itself does."""
        return measured <= self.value if self.side == "at most" else measured >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.side == 'at most' else '≥'} {_number(self.value)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; `how` says in a few words from what it was made."""

    name: str
    value: float
    unit: str
    bound: Bound | None = None
    how: str = ""

    @property
    def within(self) -> bool | None:
        """Whether the bound holds; None where there is none."""
        return None if self.bound is None else self.bound.holds(self.value)

    def document(self) -> dict[str, Any]:
        """The figure as a JSON object."""
        bound = None if self.bound is None else {self.bound.side: self.bound.value}
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "bound": bound,
            "within": self.within,
            "how": self.how,
        }


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned columns, with a head; a figure outside its bound is marked `!`."""
    rows = [_HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    measured = f"{_number(figure.value)} {figure.unit}".strip()
    bound = "" if figure.bound is None else str(figure.bound)
    return (figure.name, measured, bound, "!" if figure.within is False else "", figure.how)


def _number(value: float) -> str:
    """Three significant digits, and no fewer than the whole part has."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
