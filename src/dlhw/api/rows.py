"""Rows of results, which a notebook shows as a table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any


class Rows(list[dict[str, Any]]):
    """One dict an image, as in the JSON of the commands.

    Args:
        rows: the dicts.
        columns: the keys that a notebook shows.
    """

    def __init__(self, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
        super().__init__(rows)
        self.columns = tuple(columns)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(row.get(name)))}</td>" for name in self.columns) + "</tr>"
            for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
