"""A reproduction through its public face: kept, resumed, failed in part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.errors import DataError, InterruptedRun, RunError, UsageError
from dlhw.learning.device import Compute, configure
from dlhw.learning.events import Silence
from dlhw.report import parts, reproduction
from dlhw.report.handin.reading import HandIn
from dlhw.report.page import Entry
from dlhw.report.reproduction import Reproduction, Request, Settings
from dlhw.report.scale import QUESTIONS, QUICK
from dlhw.report.section import Row, Section
from dlhw.report.workplace import Workplace


def part(question: str, calls: list[str], *, holds: bool = True) -> parts.Part:
    """A part that is made at once, and notes that it was."""

    def make(at: Workplace) -> Section:
        calls.append(question)
        at.tell("working", 0.5)
        row = Row(quantity="a number", reported=1.0, ours=0.9)
        return Section(rows=(row,), command="dlhw energy", data="none.", holds=holds)

    return parts.Part(question=question, title=f"Part {question}", make=make)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ten parts that take no time; which of them were made."""
    made: list[str] = []
    monkeypatch.setattr(reproduction, "PARTS", tuple(part(name, made) for name in QUESTIONS))
    return made


def change(monkeypatch: pytest.MonkeyPatch, question: str, make: Any, calls: list[str]) -> None:
    """Give one part another way of being made."""
    changed = [part(name, calls) for name in QUESTIONS]
    changed = [replace(one, make=make) if one.question == question else one for one in changed]
    monkeypatch.setattr(reproduction, "PARTS", tuple(changed))


def run(
    compute: Compute, out: Path | None = None, *, seed: int = 42, group: str | None = None, **how: Any
) -> dict[str, Any]:
    hand_in = None if group is None else HandIn(file="g.toml", name=group, data={}, items={})
    request = Request(hand_in=hand_in)
    with Reproduction.start_or_resume(Settings(scale=QUICK, seed=seed), request, compute, out=out) as opened:
        return opened.conclude(opened.make(**how), seconds=1.0)


def test_what_is_done_is_not_done_again(calls: list[str], compute: Compute, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run(compute, out, only=("1.1", "3b"))
    assert calls == ["1.1", "3b"]
    assert [row["question"] for row in first["rows"]] == ["1.1", "3b"]
    assert first["passed"]
    second = run(compute, out)
    assert len(calls) == 10
    assert [row["question"] for row in second["rows"]] == list(QUESTIONS)
    run(compute, out)
    assert len(calls) == 10
    assert json.loads((out / "report.json").read_text())["rows"] == second["rows"]


def test_each_part_begins_with_the_threads_that_were_asked_for(
    calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def make(at: Workplace) -> Section:
        seen.append(torch.get_num_threads())
        torch.set_num_threads(1)  # and forgets to undo it
        return Section(rows=(), command="dlhw energy", data="none.")

    made = tuple(replace(part(name, calls), make=make) for name in QUESTIONS)
    monkeypatch.setattr(reproduction, "PARTS", made)
    run(configure("cpu", 2), tmp_path / "out", only=("2.4", "3a", "3b"))
    assert seen == [2, 2, 2]


def test_numbered_folders_an_unfinished_one_first(
    calls: list[str], compute: Compute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pages = [run(compute, only=("1.1",))["page"], run(compute)["page"], run(compute, only=("1.1",))["page"]]
    assert pages == [f"runs/reproduce/{number}/index.html" for number in (1, 1, 2)]
    other = run(compute, seed=7, only=("1.1",))
    assert other["page"] == "runs/reproduce/3/index.html", "another seed is another reproduction"
    groups = [run(compute, group=group, only=("2.3",))["page"] for group in ("Group 1", "Group 2", "Group 1")]
    assert groups == [f"runs/reproduce/{number}/index.html" for number in (4, 5, 4)], "a page is one group's"


@pytest.mark.parametrize("error", [DataError("the <data> is odd", "mend it"), ValueError("a fault")])
def test_a_part_that_fails_leaves_the_others(
    calls: list[str], compute: Compute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(at: Workplace) -> Section:
        raise error

    change(monkeypatch, "2.2", fail, calls)
    document = run(compute, tmp_path / "out")
    assert len(calls) == 9
    assert not document["passed"]
    (row,) = [row for row in document["rows"] if row["question"] == "2.2"]
    assert row["ours"] is None
    assert str(error) in row["reason"]
    assert (tmp_path / "out" / "index.html").exists()
    change(monkeypatch, "2.2", part("2.2", calls).make, calls)
    assert run(compute, tmp_path / "out")["passed"], "the same command tries it again"
    assert len(calls) == 10


def test_a_claim_that_does_not_hold_is_no_success(
    calls: list[str], compute: Compute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, "1.1", part("1.1", calls, holds=False).make, calls)
    assert not run(compute, tmp_path / "out")["passed"]


def test_an_interruption_keeps_the_page_that_is_there(calls: list[str], compute: Compute, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(compute, out, only=("1.1",))
    before = (out / "index.html").read_text()
    with pytest.raises(InterruptedRun):
        run(compute, out, should_stop=lambda: 2 if len(calls) == 4 else 0)
    assert calls == ["1.1", "1.2", "1.3", "2.1"]
    assert (out / "index.html").read_text() == before
    run(compute, out)
    assert calls[4:] == ["2.1", "2.2", "2.3", "2.4", "3a", "3b", "3c"], "what was interrupted is made again"
    assert (out / "index.html").read_text() != before


def test_a_folder_is_never_taken_for_another(calls: list[str], compute: Compute, tmp_path: Path) -> None:
    run(compute, tmp_path / "out", only=("1.1",))
    with pytest.raises(RunError, match="asked for with seed 42, not 7"):
        run(compute, tmp_path / "out", seed=7)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match="not of a run"):
        run(compute, tmp_path / "mine")
    with pytest.raises(RunError, match="is a file"):
        run(compute, tmp_path / "mine" / "thesis.tex")
    held = Reproduction.start_or_resume(Settings(scale=QUICK), Request(), compute, out=tmp_path / "held")
    with held, pytest.raises(RunError, match="another process"):
        run(compute, tmp_path / "held")


def test_runs_may_lie_there_before(calls: list[str], compute: Compute, tmp_path: Path) -> None:
    (tmp_path / "out" / "runs" / "2.1").mkdir(parents=True)
    assert run(compute, tmp_path / "out", only=("1.1",))["passed"]


def test_the_observer_is_told_of_every_part(calls: list[str], compute: Compute, tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []

    class Diary(Silence):
        def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
            told.append((label, outcome["status"]))

    run(compute, tmp_path / "out", only=("1.1",))
    run(compute, tmp_path / "out", only=("1.1", "2.3"), observer=Diary())
    assert told == [("1.1", "kept"), ("2.3", "done")]


def test_what_is_asked_for_is_checked_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        Request(data=tmp_path / "missing.npz")
    with pytest.raises(UsageError, match="`seed`"):
        Settings(scale=QUICK, seed=-1)


def test_entries_say_where_they_stand() -> None:
    entry = Entry(question="3b", title="A part", status="missing")
    assert entry.anchor == "question-3b"
    assert entry.as_document()["passed"] is None
