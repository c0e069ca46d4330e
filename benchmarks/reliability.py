"""The tables of docs/reliability.md, measured by the tests that run at night.

    uv run python benchmarks/reliability.py [--damages 10000] [--signalled 25] [--workers 2] [--kept FOLDER]

Each test runs in a process of its own, so that its memory is its own, and notes its figures as properties in JUnit's
XML; a row is a test. A test that fails has its row, too. With ``--kept``, each test's XML stays in a folder, and one
that is there is not run again: what was stopped goes on. ``--only WORD`` runs the tests with a word in their names;
the tables have all that the folder has, and their other rows stay.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
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

SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")

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
        heading=("command", "signals that ended it", "losses", *SIGNALS),
        properties=("name", "n", "failures", *SIGNALS),
    ),
    "disk": Kind(
        heading=("what goes wrong", "runs", "runs that lost something"),
        properties=("name", "n", "failures"),
    ),
}


def measured(results: Iterable[Path]) -> list[Figures]:
    """The figures of all tests that noted some; of a test that ran more than once, those of the last."""
    found: dict[tuple[str, str], Figures] = {}
    for path in sorted(results, key=lambda path: path.stat().st_mtime):
        for case in ElementTree.parse(path).iter("testcase"):
            figures = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
            if "kind" in figures:
                found[figures["kind"], figures["name"]] = figures
    return list(found.values())


def before(document: str) -> list[Figures]:
    """The rows that a document has; none of a table with other columns."""
    found = []
    for name, kind in KINDS.items():
        lines = document.split(f"<!-- {name} -->\n")[1].split(f"<!-- end of {name} -->")[0].splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if tuple(cells[0]) == kind.heading:
            rows = [[cell.replace(",", "") if index else cell for index, cell in enumerate(row)] for row in cells[2:-1]]
            found += [{"kind": name, **dict(zip(kind.properties, row, strict=True))} for row in rows]
    return found


def table(kind: Kind, rows: Sequence[Figures]) -> str:
    """Rows as Markdown, with their sum."""
    lines = [kind.heading, ("---", *["---:"] * (len(kind.heading) - 1))]
    for row in rows:
        lines.append(tuple(_shown(row[name]) for name in kind.properties))
    counts = ("n", "failures", *SIGNALS)
    totals = [f"{sum(int(row[name]) for row in rows):,}" if name in counts else "" for name in kind.properties[1:]]
    lines.append((f"**{len(rows)} in all**", *totals))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: str) -> str:
    return f"{int(value):,}" if value.isdecimal() else value


def written(document: str, rows: Sequence[Figures]) -> str:
    """A document with its tables replaced."""
    for name, kind in KINDS.items():
        of_kind = sorted((row for row in rows if row["kind"] == name), key=lambda row: row["name"].lower())
        if of_kind:
            begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
            replaced = f"{begin}{table(kind, of_kind)}\n{end}"
            before, rest = document.split(begin)
            document = before + replaced + rest.split(end)[1]
    return document


def tests(only: str) -> list[str]:
    """The nightly tests by pytest's names, those that contain a word."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "nightly", "-n", "0", *TESTS]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [line for line in listed.splitlines() if "::" in line and only in line]


def run(name: str, options: Sequence[str], folder: Path) -> None:
    """Run a test, unless its results are there."""
    results = folder / f"{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}.xml"
    if not results.exists():
        junit = ["-o", "junit_family=xunit1", f"--junitxml={results}"]
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-m", "nightly", "-n", "0", "--timeout", "36000"]
        code = subprocess.run([*command, *junit, *options, name], cwd=ROOT, check=False, capture_output=True).returncode
        print(f"{time.monotonic() - began:6.0f} s  exit code {code}  {name}", flush=True)


def main() -> None:
    """Measure what is not measured yet, and write the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damages", type=int, default=10_000)
    parser.add_argument("--signalled", type=int, default=25)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    options = ("--damages", str(asked.damages), "--signalled", str(asked.signalled))
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(asked.workers) as workers:
        folder = asked.kept or Path(temporary)
        folder.mkdir(exist_ok=True)
        list(workers.map(lambda name: run(name, options, folder), tests(asked.only)))
        rows = measured(folder.glob("*.xml"))
    document = DOCUMENT.read_text(encoding="utf-8")
    names = {(row["kind"], row["name"]) for row in rows}
    stay = [row for row in before(document) if asked.only and (row["kind"], row["name"]) not in names]
    DOCUMENT.write_text(written(document, stay + rows), encoding="utf-8")
    here = environment(configure("cpu", 1))
    print(", ".join(f"{name} {version}" for name, version in here["versions"].items()), here["processor"], sep="; ")


if __name__ == "__main__":
    main()
