"""The tables of docs/reliability.md, measured by the tests that run at night.

    uv run python benchmarks/reliability.py [--damages 1000] [--signalled 15]    run the tests, then write the tables
    uv run python benchmarks/reliability.py --results FILE.xml...                write them from results that are there

Each test notes its figures as properties in JUnit's XML; a row is a test. A test that fails has its row, too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlhw.learning.device import configure, environment

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "reliability.md"
TESTS = (
    "tests/test_mutations.py",
    "tests/test_foreign_mutations.py",
    "tests/end_to_end/test_random_signals.py",
    "tests/end_to_end/test_bad_disks.py",
)

Figures = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A table: its columns, and the properties that they hold."""

    heading: tuple[str, ...]
    properties: tuple[str, ...]


KINDS = {
    "damage": Kind(
        heading=("file", "damaged versions", "foreign exceptions", "slowest, s", "memory of the process, MB"),
        properties=("name", "n", "failures", "slowest", "memory"),
    ),
    "signals": Kind(
        heading=("command", "signals that ended it", "runs that lost something"),
        properties=("name", "n", "failures"),
    ),
    "disk": Kind(
        heading=("what goes wrong", "runs", "runs that lost something"),
        properties=("name", "n", "failures"),
    ),
}


def measured(results: Iterable[Path]) -> list[Figures]:
    """The figures of all tests that noted some; of a test that ran more than once, those of the last."""
    found: dict[tuple[str, str], Figures] = {}
    for path in results:
        for case in ElementTree.parse(path).iter("testcase"):
            figures = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
            if "kind" in figures:
                found[figures["kind"], figures["name"]] = figures
    return list(found.values())


def table(kind: Kind, rows: Sequence[Figures]) -> str:
    """Rows as Markdown, with their sum."""
    lines = [kind.heading, ("---", *["---:"] * (len(kind.heading) - 1))]
    for row in rows:
        lines.append(tuple(_shown(row[name]) for name in kind.properties))
    totals = [f"{sum(int(row[name]) for row in rows):,}" for name in ("n", "failures")]
    lines.append((f"**{len(rows)} in all**", *totals, *[""] * (len(kind.heading) - 3)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: str) -> str:
    return f"{int(value):,}" if value.isdecimal() else value


def written(document: str, rows: Sequence[Figures]) -> str:
    """A document with its tables replaced."""
    for name, kind in KINDS.items():
        of_kind = [row for row in rows if row["kind"] == name]
        if of_kind:
            begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
            replaced = f"{begin}{table(kind, of_kind)}\n{end}"
            before, rest = document.split(begin)
            document = before + replaced + rest.split(end)[1]
    return document


def run(damages: int, signalled: int, folder: Path) -> Path:
    """Run the tests; returns their results."""
    results = folder / "results.xml"
    options = ["-m", "nightly", "-n", "0", "--timeout", "36000", "-o", "junit_family=xunit1", f"--junitxml={results}"]
    counts = ["--damages", str(damages), "--signalled", str(signalled)]
    subprocess.run([sys.executable, "-m", "pytest", "-q", *options, *counts, *TESTS], cwd=ROOT, check=False)
    return results


def main() -> None:
    """Measure, if there are no results yet, and write the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damages", type=int, default=1000)
    parser.add_argument("--signalled", type=int, default=15)
    parser.add_argument("--results", type=Path, nargs="+")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = asked.results or [run(asked.damages, asked.signalled, Path(folder))]
        rows = measured(results)
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), rows), encoding="utf-8")
    here = environment(configure("cpu", 1))
    print(", ".join(f"{name} {version}" for name, version in here["versions"].items()), here["processor"], sep="; ")


if __name__ == "__main__":
    main()
