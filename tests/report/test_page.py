"""The page, as a browser sees it and as its markup says."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dlhw.report.full_run import KEPT, full_run, reduced
from dlhw.report.handin.judging import judged_document
from dlhw.report.handin.quantities import QUANTITIES, Quantity
from dlhw.report.handin.reading import HandIn, Number
from dlhw.report.making import read_part
from dlhw.report.page import Entry, clock, interval, render_page, shown, written_by
from dlhw.report.parts import PARTS
from dlhw.report.scale import QUESTIONS
from dlhw.report.section import Figure, Row, Section, kept_part
from tests.documents import ROOT
from tests.report.browser import probe

PLAN = {"scale": "quick", "seed": 42, "version": "0.1.0", "source": None, "data": None}
ENVIRONMENT = {
    "device_name": "a <processor>",
    "threads": 2,
    "threads_each": None,
    "versions": {"python": "3"},
    "system": "Linux",
    "date": "2025-01-31",
}


def entries(**changes: Entry) -> list[Entry]:
    """Parts that were not run, but for those that are given."""
    return [changes.get(name, Entry(question=name, title=f"Part {name}", status="missing")) for name in QUESTIONS]


def section(**changes: object) -> Section:
    rows = (Row(quantity="Test accuracy", reported=0.5, ours=0.25, low=0.2, high=0.3, data="four images"),)
    return Section(**{"rows": rows, "command": "dlhw energy", "data": "some data.", **changes})  # type: ignore[arg-type]


def test_a_browser_finds_the_page_in_order(page: Path, tmp_path: Path) -> None:
    wanted = {f"Figure {name}" for name in (*range(1, 11), *"ABCDEF")}
    for place, (width, dark) in enumerate(((1280, False), (1280, True), (390, False))):
        found = probe(page, tmp_path / str(place), width=width, dark=dark)
        assert found["width"] == width
        assert found["dark"] is dark
        assert found["faults"] == [], "no script fails and nothing is missing"
        assert found["overflow"] <= 0, "nothing makes a person scroll sideways"
        assert {name for name, *_ in found["figures"]} == wanted
        assert all(wide > 200 and high > 40 for _, wide, high in found["figures"])
        assert found["letters"][0] >= 7.5, f"{found['letters'][1]} can hardly be read"
        assert found["contrast"][0] >= 4.5, f"{found['contrast'][1]} can hardly be read"
        assert len(found["ids"]) == len(set(found["ids"]))
        assert found["dangling"] == []
        assert found["math"] == 0, "every formula is set"
        assert len(found["intervals"]) > 20
        assert all(found["intervals"]), "none is hidden or cut off"


@pytest.mark.nightly
def test_axe_finds_nothing(page: Path, tmp_path: Path) -> None:
    """With axe-core from the npm registry: ``DLHW_AXE`` names its axe.min.js."""
    if "DLHW_AXE" not in os.environ:
        pytest.skip("DLHW_AXE is not set: no axe-core here")
    for width in (1280, 390):
        found = probe(page, tmp_path / str(width), width=width, axe=Path(os.environ["DLHW_AXE"]))
        assert found["axe"] == []


def test_the_page_needs_nothing_but_itself(page: Path) -> None:
    content = page.read_text()
    assert not re.findall(r'(?:src|href|url)[=(]"?(?:https?:|//|file:|/)', content), "no other file"
    assert "<script" not in content
    assert content.startswith("<!doctype html>")
    assert len(content) < 3_000_000


def test_what_people_wrote_is_never_markup() -> None:
    failed = Entry(question="2.1", title="A part", status="failed", reason='<img src="x" onerror="alert(1)">')
    made = Entry(question="1.1", title="A part", status="done", section=section(), environment=ENVIRONMENT)
    content = render_page(entries(**{"1.1": made, "2.1": failed}), plan={**PLAN, "source": "<b>.npz"})
    assert "<img" not in content
    assert "<b>" not in content
    assert "a &lt;processor&gt;" in content


def test_a_part_that_failed_is_a_red_row_with_the_reason() -> None:
    entry = Entry(question="2.1", title="A part", status="failed", reason="the disk is full")
    content = render_page(entries(**{"2.1": entry}), plan=PLAN)
    assert content.count("the disk is full") == 2, "at the top, and in its place"
    assert re.search(r'<tbody class="failed">\s*<tr><th scope="rowgroup"><a href="#question-2.1">', content)


def test_a_claim_that_does_not_hold_is_a_red_row() -> None:
    entry = Entry(question="1.1", title="A part", status="done", section=section(holds=False))
    content = render_page(entries(**{"1.1": entry}), plan=PLAN)
    assert not entry.passed
    assert '<tbody class="failed">' in content


def test_rows_stand_in_the_summary_unless_they_are_left_to_their_part() -> None:
    rows = (Row(quantity="kept to itself", reported=None, ours=1, summary=False), *section().rows)
    entry = Entry(question="1.1", title="A part", status="done", section=section(rows=rows))
    content = render_page(entries(**{"1.1": entry}), plan=PLAN, today=date(2025, 1, 31))
    assert content.count("kept to itself") == 1
    assert content.count("Test accuracy") == 2
    assert "31 January 2025" in content


def test_every_environment_is_named_once_with_its_parts() -> None:
    there = {**ENVIRONMENT, "threads": 8, "threads_each": 4, "date": "2024-12-24"}
    here = [
        Entry(question=name, title="A part", status="kept", section=section(), environment={**ENVIRONMENT, "date": day})
        for name, day in (("1.1", "2025-01-31"), ("1.2", "2025-02-02"), ("1.3", "2025-02-01"))
    ]
    trained = Entry(
        question="2.1",
        title="A part",
        status="done",
        section=section(environments=(there, {**ENVIRONMENT, "date": None})),
        environment=ENVIRONMENT,
    )
    content = render_page(entries(**{one.question: one for one in (*here, trained)}), plan=PLAN)
    table = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in content[content.index("Table 3.") :].split("<tr>")[1:]]
    assert table == [
        [],
        [
            "–",
            "1.1, 1.2, 1.3, 2.1",
            "a &lt;processor&gt;, Linux",
            "2",
            "python 3",
            "31 January 2025 to 2 February 2025",
        ],
        ["2.1", "–", "a &lt;processor&gt;, Linux", "8, 4 each", "python 3", "24 December 2024"],
        ["2.1", "–", "a &lt;processor&gt;, Linux", "2", "python 3", "not noted"],
    ]


def test_every_command_stands_beside_what_it_gets() -> None:
    rows = (*section().rows, Row(quantity="another", reported=None, ours=1, command="dlhw cccp --seed 7"))
    made = Entry(question="1.1", title="A part", status="done", section=section(rows=rows), environment=ENVIRONMENT)
    content = render_page(entries(**{"1.1": made}), plan=PLAN)
    shown = re.sub("<[^>]*>", " ", content[content.index("Table 2.") : content.index("Table 3.")])
    assert re.search(r"dlhw\s+energy\s+Test accuracy\s", shown)
    assert re.search(r"dlhw\s+cccp\s+--seed\s+7\s+another\s", shown)


def test_numbers_that_were_carried_over_are_marked_and_say_where_they_come_from() -> None:
    carried = section(carried_over="Measured in <May>.")
    old = Entry(question="2.1", title="A part", status="kept", section=carried, environment=ENVIRONMENT)
    new = Entry(question="1.1", title="A part", status="done", section=section(), environment=ENVIRONMENT)
    content = render_page(entries(**{"1.1": new, "2.1": old}), plan=PLAN)
    assert content.count("†</a>") == 1, "beside the one that is not new"
    assert "not together with this page: 2.1." in content
    assert content.count("Measured in &lt;May&gt;.") == 1
    assert "†" not in render_page(entries(**{"1.1": new}), plan=PLAN)


def test_a_section_comes_back_from_its_document() -> None:
    assert Section.from_document(section().as_document()) == section()
    newer = {**section().as_document(), "added": 1}
    newer["rows"] = [{**row, "added": 1} for row in newer["rows"]]
    assert Section.from_document(newer) == section(), "another version may write more"


def test_a_kept_part_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Which called figures and images pictures."""
    worst: dict[str, Any] = {"image": None, "written": [], "read": [], "edits": 1}
    section = Section(
        rows=(),
        command="dlhw",
        data="",
        figures=(Figure(name="a", caption="b", svg="<svg/>"),),
        extra={"worst": [worst]},
    )
    now = {"seconds": 1.0, "environment": ENVIRONMENT, "section": section.as_document()}
    before = json.loads(json.dumps(now))
    before["section"]["pictures"] = before["section"].pop("figures")
    before["section"]["extra"]["worst"][0]["picture"] = before["section"]["extra"]["worst"][0].pop("image")
    (tmp_path / f"{PARTS[0].question}.json").write_text(json.dumps(before))
    entry = read_part(tmp_path, PARTS[0])
    assert entry is not None
    assert entry.section == section


def test_a_kept_part_without_a_key_of_its_section_is_damaged() -> None:
    """As another version wrote it: it is made again."""
    whole = section().as_document()
    for document, written in ((whole, whole), (whole, whole["rows"][0])):
        for name in [*written]:
            value = written.pop(name)
            with pytest.raises(ValueError, match=r"lacks|missing|expected"):
                kept_part({"seconds": 1.0, "environment": ENVIRONMENT, "section": document})
            written[name] = value
    kept_part({"seconds": 1.0, "environment": ENVIRONMENT, "section": whole})


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.12345, "0.1235"), (5_340_742, "5,340,742"), ("12 of 12", "12 of 12")]
)
def test_values_are_shown_as_people_write_them(value: float | int | str | None, text: str) -> None:
    assert shown(value) == text


def test_differences_have_a_sign_and_intervals_real_minus_signs() -> None:
    assert shown(-0.01, signed=True) == "−0.0100"
    assert shown(0.01, signed=True) == "+0.0100"
    assert interval(-0.1, 0.2) == "−0.100 to 0.200"
    assert interval(None, None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (42.4, "42 s"), (75, "1 min 15 s"), (7384, "2 h 3 min")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def accuracy(**changes: object) -> Section:
    rows = (
        Row(
            quantity="Test accuracy, learning rate 0.01", reported=0.686, ours=0.5, low=0.4, high=0.6, data="few images"
        ),
    )
    return section(rows=rows, extra={"classes": 6}, **changes)


def test_a_quick_page_shows_the_full_run_beside_its_own_numbers() -> None:
    trained = accuracy(environments=(ENVIRONMENT,))
    made = Entry(question="2.1", title="A part", status="done", section=trained, environment=ENVIRONMENT)
    kept = full_run()["2.1", "Test accuracy, learning rate 0.01"]["ours"]
    assert isinstance(kept, float)
    content = render_page(entries(**{"2.1": made}), plan={**PLAN, "source": "intel48"})
    assert "cannot be compared with ours. This is the quick edition" in content
    assert "not where it ends. Question 2 learnt from" in content
    assert "What the homework’s report says; the full run" in content
    row = re.search(r"<td>Test accuracy, learning rate 0.01</td>(.*?)</tr>", content, re.S)
    assert row is not None
    assert re.findall(r'<td class="n">([\d.]+)', row[1]) == ["0.6860", f"{kept:.4f}", "0.5000"]
    assert content.count('this run <span class="tag">quick</span>') == 2
    assert "rank neither learning rates nor networks" in content
    full = render_page(entries(**{"2.1": made}), plan={**PLAN, "scale": "full"})
    assert f"{kept:.4f}" not in full
    assert "full run, kept" not in full


def test_the_command_on_the_page_is_the_one_that_makes_its_parts() -> None:
    made = {name: Entry(question=name, title="A part", status="done", section=section()) for name in QUESTIONS}
    assert written_by(entries(**made), PLAN, None) == "dlhw reproduce"
    plan = {**PLAN, "scale": "full", "seed": 7, "source": "intel48"}
    failed = Entry(question="3a", title="A part", status="failed", reason="the disk is full")
    assert written_by(entries(**{"2.3": made["2.3"], "3a": failed}), plan, {"file": "group 1.toml"}) == (
        "dlhw reproduce --full --only 2.3 --only 3a --data intel48 --reported 'group 1.toml' --seed 7"
    )


def test_guessing_stands_beside_accuracies_and_error_rates_are_defined_before_their_table() -> None:
    made = Entry(question="2.1", title="A part", status="done", section=accuracy(), environment=ENVIRONMENT)
    content = render_page(entries(**{"2.1": made}), plan=PLAN)
    assert content.count("Guessing one of 6 classes") == 2, "at the front and in its part"
    assert content.count('<td class="n">0.1667</td>') == 2
    assert content.index("character error rate (CER)") < content.index("Table 1.")


def test_the_kept_full_run_is_the_one_of_the_documents() -> None:
    assert json.loads(KEPT.read_text(encoding="utf-8")) == reduced(ROOT / "docs" / "report" / "report.json"), (
        "python -m dlhw.report.full_run docs/report/report.json keeps its numbers"
    )


HANDED_IN: tuple[Number, ...] = (Decimal("0.6905"), 5_342_790, Decimal("0.9"))


def handed_in() -> dict[str, Any]:
    at = (("2.1", "0.01", "test_accuracy"), ("2.3", "flatten"), ("3c", "wer_at_3"))
    numbers: dict[Quantity, Number] = {
        one: value for one in QUANTITIES for path, value in zip(at, HANDED_IN, strict=True) if one.path == path
    }
    data = {"landscapes": "intel48", "words": "rendered"}
    return judged_document(HandIn(file="g.toml", name="Group C", data=data, items={}, numbers=numbers))


def test_numbers_of_parts_that_were_not_run_stand_in_table_1_and_the_abstract_says_what_was_run() -> None:
    made = Entry(question="1.1", title="A part", status="done", section=section(), environment=ENVIRONMENT)
    content = render_page(entries(**{"1.1": made}), plan=PLAN, hand_in=handed_in())
    first = content[content.index("Table 1.") : content.index('id="hand-in"')]
    for reported in ("0.6905", "5,342,790", "0.9000"):
        row = re.search(rf'<td class="n">{reported}</td>(.*?)</tr>', first, re.S)
        assert row is not None
        assert row[1].endswith('<td class="n">not run</td>')
    assert first.count("Part 2.2") == 1, "the hand-in reports nothing of it"
    judged = content[content.index('id="hand-in"') : content.index('<nav aria-label="Contents">')]
    kept = full_run()["2.1", "Test accuracy, learning rate 0.01"]["ours"]
    assert isinstance(kept, float)
    assert f'<td class="n">0.6905</td><td class="n">{kept:.4f}</td><td>no</td>' in judged
    assert "Of its 10 parts 1.1 was run" in content
    assert "measured anew" not in content
    assert "Of what was argued in 2.4" not in content
    whole = {name: Entry(question=name, title="A part", status="done", section=section()) for name in QUESTIONS}
    assert "measured anew" in render_page(entries(**whole), plan=PLAN)


def test_why_a_number_is_judged_so_can_be_read_on_a_telephone(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render_page(entries(), plan=PLAN, hand_in=handed_in()), encoding="utf-8")
    assert probe(page, tmp_path, width=390)["scrolled"] == []
