"""The numbers of the full reproduction in docs/report, which a quick page shows beside its own.

::

    python -m dlhw.report.full_run docs/report/report.json     keep those of another one
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any, TypedDict

from dlhw.report.section import Value

KEPT = Path(__file__).with_name("full_run.json")


class KeptNumber(TypedDict):
    """A quantity as it was measured."""

    ours: Value
    low: float | None
    high: float | None


@functools.cache
def full_run() -> dict[tuple[str, str], KeptNumber]:
    """Each number by its question and its quantity."""
    rows = json.loads(KEPT.read_text(encoding="utf-8"))["rows"]
    return {(question, quantity): number for question, quantity, number in rows}


def full_run_data() -> str:
    """What its Question 2 learnt from."""
    return str(json.loads(KEPT.read_text(encoding="utf-8"))["data"])


def reduced(report: Path) -> dict[str, Any]:
    """What is kept of the document of a full reproduction."""
    document = json.loads(report.read_text(encoding="utf-8"))
    names = KeptNumber.__annotations__
    rows = [[row["question"], row["quantity"], {name: row[name] for name in names}] for row in document["rows"]]
    # `--data intel48` names the archive intel48.npz.
    return {"data": Path(document["data"]).stem, "rows": rows}


if __name__ == "__main__":
    KEPT.write_text(json.dumps(reduced(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
