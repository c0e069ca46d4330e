"""The tables of the documents, and of the page in docs/report, as lists of cells."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from tests.documents import ROOT

Table = list[list[str]]


def tables(content: str) -> Iterator[Table]:
    """The tables of a document in Markdown: a header and rows of cells, without marks of bold type."""
    for block in re.findall(r"(?:^\|.*\n)+", content, re.M):
        lines = block.replace("**", "").splitlines()
        header, _, *rows = ([one.strip() for one in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines)
        yield [header, *rows]


def cell(document: str, row: str, column: str, *, below: str = "") -> str:
    """What a table of a document shows; its row and column exist exactly once.

    Args:
        document: its path from the root.
        row: how the row begins: one cell, or several with ``|`` between them.
        column: its header.
        below: what stands above the table, where several have such a row; the first one counts.
    """
    content = (ROOT / document).read_text(encoding="utf-8")
    content = content[content.index(below) + len(below) :] if below else content
    found = [
        cells[table[0].index(column)]
        for table in tables(content)
        if column in table[0]
        for cells in table[1:]
        if " | ".join([*cells, ""]).startswith(f"{row} | ")
    ]
    assert found, f"{document} has no row “{row}” with a column “{column}”"
    assert len(found) == 1 or below, f"{document} has {len(found)} rows “{row}”"
    return found[0]


def page_table(*header: str) -> Table:
    """The rows of that table of docs/report/index.html whose header begins like this."""
    page = (ROOT / "docs" / "report" / "index.html").read_text(encoding="utf-8")
    for table in re.findall(r"<table.*?</table>", page, re.S):
        rows = [re.findall(r"<t[hd].*?</t[hd]>", row, re.S) for row in re.findall(r"<tr.*?</tr>", table, re.S)]
        texts = [[html.unescape(re.sub("<[^>]*>", "", one)).strip() for one in row] for row in rows]
        if tuple(texts[0][: len(header)]) == header:
            return texts[1:]
    raise AssertionError(f"the page has no table that begins with {header}")
