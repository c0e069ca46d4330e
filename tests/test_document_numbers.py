"""The numbers in README.md and on the pages are those of docs/report, of the package, or of another page.

A line of ``SHOWN`` is a cell of a table in a document, and what it must hold. Where it fails, either the document
is out of date, or docs/report was made again and the document has to follow.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from safetensors import safe_open

from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.pretrained import pretrained as pretrained_reader
from dlhw.ocr.reference_results import REFERENCE_RESULTS
from dlhw.report.handin.quantities import QUANTITIES, Quantity
from tests.document_tables import cell, page_table, tables
from tests.documents import ROOT

REPORT = json.loads((ROOT / "docs" / "report" / "report.json").read_text(encoding="utf-8"))

ROWS: dict[tuple[str, str], dict[str, Any]] = {(row["question"], row["quantity"]): row for row in REPORT["rows"]}

README, QUESTION1, QUESTION2, QUESTION3 = "README.md", "docs/question1.md", "docs/question2.md", "docs/question3.md"
RECOGNISER, LANDSCAPES = "docs/recogniser.md", "docs/landscapes.md"

# How numbers are written. The names are those of a row of report.json; numbers() adds some.

VALUE3, VALUE4 = "{ours:.3f}", "{ours:.4f}"
INTERVAL3, INTERVAL4 = "{ours:.3f} [{low:.3f}, {high:.3f}]", "{ours:.4f} [{low:.4f}, {high:.4f}]"
MIXED = "{ours:.4f} [{low:.3f}, {high:.3f}]"
COUNT, REPORTED = "{ours:,}", "{homework}"
"""The homework's number comes from the package, and a test below compares it with report.json."""

ACCURACY, AT_BEST = "Test accuracy, learning rate {}", "Test at best validation, learning rate {}"
FLATTEN, GAP = ("2.1", ACCURACY.format("0.01")), ("2.2", ACCURACY.format("0.01"))
FLATTEN_SIZE, GAP_SIZE = (("2.3", f"Trainable parameters, {name}") for name in ("flattening", "global average pooling"))
CER, WER, WER3 = (tuple((part, f"Test {name}") for part in ("3a", "3b")) for name in ("CER", "WER", "WER@3"))
OURS, REPORTS = "dlhw, with 95 % interval", "the report, other data"
WITHOUT, WITH = "without attention", "with attention"
README_FLATTEN = f"2 `flatten`, {ROWS[FLATTEN_SIZE]['ours']:,} parameters: test accuracy"
README_GAP = f"`gap`, {ROWS[GAP_SIZE]['ours']:,} parameters: test accuracy"
TEST_WORDS = "rendered test words, in all conditions"


@dataclass(frozen=True)
class Shown:
    """A cell of a document, and the numbers that it shows."""

    document: str
    row: str
    """How its row begins: one cell, or several with ``|`` between them."""

    column: str
    written: str
    """Each number as it is written; several have a comma between them."""

    numbers: tuple[tuple[str, str], ...]
    """Questions and quantities of report.json, or of :func:`numbers`."""

    below: str = ""
    """What stands above the table, where several have such a row."""

    def __str__(self) -> str:
        return f"{self.document}: {self.row}, {self.column}"


SHOWN = [
    # README: results
    Shown(README, "1 claims of the derivation that hold on 1,000 random memories", OURS, "{ours}", (("1", "claims"),)),
    Shown(README, "mistakes that a claim catches", OURS, "{ours}", (("1.1", "Classic mistakes that a claim catches"),)),
    Shown(README, README_FLATTEN, OURS, INTERVAL3, (FLATTEN,)),
    Shown(README, README_FLATTEN, REPORTS, REPORTED, (FLATTEN,)),
    Shown(README, README_GAP, OURS, INTERVAL3, (GAP,)),
    Shown(README, README_GAP, REPORTS, REPORTED, (GAP,)),
    Shown(README, "3 without attention: character and word error rate", OURS, INTERVAL3, (CER[0], WER[0])),
    Shown(README, "3 without attention: character and word error rate", REPORTS, REPORTED, (CER[0], WER[0])),
    Shown(README, "with attention", OURS, INTERVAL3, (CER[1], WER[1])),
    Shown(README, "with attention", REPORTS, REPORTED, (CER[1], WER[1])),
    # Question 1: measured
    Shown(
        QUESTION1,
        "claims on 1,000 random memories, float64",
        "result",
        "all {all} hold, at {points:,} points or more each",
        (("1", "claims"),),
    ),
    # Question 2: counts and accuracies
    Shown(QUESTION2, "total", "`flatten`", COUNT, (FLATTEN_SIZE,)),
    Shown(QUESTION2, "total", "`gap`", COUNT, (GAP_SIZE,)),
    *(
        Shown(QUESTION2, f"`{network}` | {rate}", column, written, ((part, quantity.format(rate)),))
        for part, network, rate in (
            ("2.1", "flatten", "0.1"),
            ("2.1", "flatten", "0.01"),
            ("2.1", "flatten", "0.001"),
            ("2.2", "gap", "0.01"),
        )
        for column, written, quantity in (
            ("validation, last", VALUE4, "Validation accuracy, learning rate {}"),
            ("test, last", VALUE4, ACCURACY),
            ("best validation (epoch)", "* ({epoch})", AT_BEST),
            ("test at best", VALUE4, AT_BEST),
            ("report: validation", REPORTED, "Validation accuracy, learning rate {}"),
            ("report: test", REPORTED, ACCURACY),
        )
        if (rate, column) not in {("0.1", "validation, last"), ("0.1", "test, last")}  # it diverged
    ),
    Shown(QUESTION2, "`flatten` | 0.1", "validation, last", "{data}", (("2.1", ACCURACY.format("0.1")),)),
    Shown(QUESTION2, "`homework`, 40 epochs | 42", "test, last", INTERVAL4, (GAP,)),
    Shown(QUESTION2, "`homework`, 40 epochs | 42", "test at best", VALUE4, (("2.2", AT_BEST.format("0.01")),)),
    # Question 3: error rates
    *(
        shown
        for place, (column, reported) in enumerate(
            ((WITHOUT, "the report, on other data: without"), (WITH, "with")),
        )
        for shown in (
            Shown(QUESTION3, "parameters", column, COUNT, (("package", column),)),
            Shown(
                QUESTION3,
                "best validation CER, in the training",
                column,
                "{cer:.4f} (epoch {epoch})",
                (("package", column),),
            ),
            Shown(QUESTION3, "best validation CER, in the training", reported, REPORTED, (("package", column),)),
            Shown(QUESTION3, "test CER", column, INTERVAL3, (CER[place],)),
            Shown(QUESTION3, "test CER", reported, REPORTED, (CER[place],)),
            Shown(QUESTION3, "test WER", column, INTERVAL3, (WER[place],)),
            Shown(QUESTION3, "test WER", reported, REPORTED, (WER[place],)),
            Shown(QUESTION3, "WER@3", column, VALUE3, (WER3[place],)),
        )
    ),
    Shown(QUESTION3, "WER@3", "with", "{homework}, three samples", (("3c", "WER@3, three samples"),)),
    # Question 3: three proposals
    *(
        Shown(QUESTION3, "`--beam 3`", column, written, (("3c", f"{name}, beam of three"),))
        for column, name, written in (
            ("CER", "CER", MIXED),
            ("WER", "WER", MIXED),
            ("WER among its candidates", "WER@3", f"WER@3 {MIXED}"),
        )
    ),
    *(
        Shown(
            QUESTION3,
            "the report, three proposals, on other data",
            column,
            written,
            (("3c", f"{name}, three samples"),),
        )
        for column, name, written in (
            ("CER", "CER", REPORTED),
            ("WER", "WER", REPORTED),
            ("WER among its candidates", "WER@3", f"WER@3 {REPORTED}"),
        )
    ),
    # The model cards
    *(
        Shown(RECOGNISER, TEST_WORDS, column, INTERVAL4, (numbers[place],), below=below)
        for place, below in enumerate(("Without attention:", "With attention:"))
        for column, numbers in (("CER", CER), ("WER", WER), ("WER@3", WER3))
    ),
    *(
        Shown(RECOGNISER, row, column, written, (("package", network),))
        for column, network in (("with attention", WITH), ("without", WITHOUT))
        for row, written in (
            ("file, half-precision safetensors", "{bytes:,} bytes"),
            ("parameters", COUNT),
            ("temperature of the letters", "{temperature:.3f}"),
        )
    ),
]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_a_cell_shows_the_number_that_was_measured(shown: Shown) -> None:
    expected = ", ".join(shown.written.format_map(numbers(*number)) for number in shown.numbers)
    found = cell(shown.document, shown.row, shown.column, below=shown.below)
    assert re.fullmatch(re.escape(expected).replace(r"\*", ".+"), found), f"{shown} shows {found}, not {expected}"


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.key)
def test_the_homework_column_of_the_report_is_that_of_the_package(quantity: Quantity) -> None:
    reported = ROWS[quantity.question, quantity.title]["reported"]
    assert (f"{reported:.4f}" if isinstance(reported, float) else str(reported)) == quantity.example


# Question 2's table of eleven networks: how a row begins, the network, and the row of report.json with its difference.
STUDY = [
    ("kernels added: none", "gap", ""),
    ("one 5×5", "one-5x5", ""),
    ("two 3×3", "two-3x3", "Two 3×3 for one 5×5, accuracy"),
    ("one 7×7", "one-7x7", ""),
    ("three 3×3", "three-3x3", "Three 3×3 for one 7×7, accuracy"),
    ("pooling: maximum", "gap", ""),
    ("average", "average-pooling", "Average for maximum, accuracy"),
    ("stride 2", "stride", "Stride 2 for pooling, accuracy"),
    ("none", "no-pooling", "No pooling at all, accuracy"),
    ("the two changes: neither", "flatten", ""),
    ("normalised", "flatten-normalized", "Batch normalisation alone, accuracy"),
    ("global pooling", "gap-plain", "Global average pooling alone, accuracy"),
    ("both", "gap", "Both, accuracy"),
]


@pytest.mark.parametrize(("row", "network", "difference"), STUDY, ids=[row for row, _, _ in STUDY])
def test_the_table_of_the_study_is_that_of_the_page(row: str, network: str, difference: str) -> None:
    (measured,) = [one for one in page_table("network", "accuracy") if one[0] == network]
    _, accuracy, parameters, multiply_adds, sees, step = measured
    written = {
        "parameters": parameters,
        "multiply-adds": multiply_adds.replace("million", "M"),
        "sees": sees,
        "test accuracy": accuracy,
    }
    for column, expected in written.items():
        assert cell(QUESTION2, row, column) == expected, column
    milliseconds = float(cell(QUESTION2, row, "ms a step"))
    assert abs(milliseconds - float(step.removesuffix(" ms"))) <= 0.55  # whole ones, where the page has tenths
    if difference:
        found = ROWS["2.4", difference]
        points = "{:+.1f} ({:+.1f} to {:+.1f}) against ".format(
            *(100 * found[name] for name in ("ours", "low", "high"))
        )
        shown = cell(QUESTION2, row, "difference, in points")
        assert shown.startswith(points.replace("-", "−")), shown


def test_a_difference_of_the_study_is_bold_where_its_interval_leaves_out_zero() -> None:
    content = (ROOT / QUESTION2).read_text(encoding="utf-8")
    for row in ROWS.values():
        if row["question"] == "2.4":
            bold = f"**{100 * row['ours']:+.1f}** (".replace("-", "−") in content
            assert bold == (row["low"] * row["high"] > 0), row["quantity"]


def test_the_claims_that_notice_a_mistake_are_those_of_the_page() -> None:
    content = (ROOT / QUESTION1).read_text(encoding="utf-8")
    (shown,) = [table for table in tables(content) if table[0] == ["mistake", "claims it breaks"]]
    assert [row[1] for row in shown[1:]] == [row[1] for row in page_table("mistake", "noticed by claims")]


def test_the_parts_of_the_networks_are_those_of_the_page() -> None:
    content = (ROOT / QUESTION2).read_text(encoding="utf-8")
    (shown,) = [table for table in tables(content) if table[0] == ["part", "`flatten`", "`gap`"]]
    assert shown[1:] == page_table("part", "flatten")


def test_the_parameters_of_the_recogniser_add_up() -> None:
    content = (ROOT / QUESTION3).read_text(encoding="utf-8")
    (parts,) = [table for table in tables(content) if table[0][-1] == "parameters" and table[0][0] == "part"]
    together = sum(int(row[-1].replace(",", "")) for row in parts[1:] if row[-1])
    assert together == packaged("attention")["ours"]
    counts = [f"{packaged(name)['ours']:,}" for name in ("attention", "no-attention")]
    assert "That is {} parameters, and {} without attention.".format(*counts) in content


# What README.md says of the packaged reader and of others: its rows, and the systems of the model card's table.
SYSTEMS = {
    "dlhw `reader`": "dlhw reader, second look and prior",
    "PP-OCRv6": "PP-OCRv6 small",
    "PP-OCRv4": "PP-OCRv4 mobile",
    "EasyOCR": "EasyOCR",
    "Tesseract": "Tesseract†",
}
EASY, HARD = "`iiit5k/train` | 1,797", "`cute80` | 124"
COLUMNS = [("easy", EASY, "read"), ("curved", HARD, "read"), ("words/s", EASY, "words/s")]


@pytest.mark.parametrize(("shown", "words", "column"), COLUMNS, ids=["easy", "hard", "speed"])
@pytest.mark.parametrize("row", SYSTEMS)
def test_the_readme_shows_what_the_model_card_has(row: str, shown: str, words: str, column: str) -> None:
    measured = cell(RECOGNISER, f"{words} | {SYSTEMS[row]}", column)
    if column == "read" and row.startswith("dlhw"):
        measured += f" [{cell(RECOGNISER, f'{words} | {SYSTEMS[row]}', '95 %').replace('–', ', ')}]"
    assert cell(README, row, shown) == measured


def test_the_readme_rounds_what_the_pages_have() -> None:
    strong = cell(QUESTION2, "mean ± sample deviation, *n* = 3", "test, last")
    rounded = " ± ".join(f"{float(number):.3f}" for number in strong.split(" ± "))
    assert cell(README, "`gap` with the recipe `strong` (mean ± deviation, *n* = 3)", OURS) == rounded
    photographs = cell(LANDSCAPES, "photographs (`intel48`), test", "accuracy, 95 % interval")
    assert f"right for {float(photographs.split()[0]):.0%}".replace("%", " %") in (ROOT / README).read_text()


def test_question_3_has_the_sampling_of_the_page() -> None:
    names = ("CER", "WER", "WER@3")
    samples = ", ".join(f"{name} {ROWS['3c', f'{name}, three samples']['ours']:.4f}" for name in names)
    assert f"has the first seed alone: {samples})" in (ROOT / QUESTION3).read_text(encoding="utf-8")


def numbers(question: str, quantity: str) -> dict[str, Any]:
    """What a cell may show of a quantity: its row in report.json, or what the package holds."""
    if question == "package":
        return packaged("attention" if quantity == WITH else "no-attention")
    if question == "1":
        held = [ROWS[part]["ours"].split(" of ") for part in CLAIMS]
        holding, together = (sum(map(int, column)) for column in zip(*held, strict=True))
        points = min(int(re.sub(r"\D", "", ROWS[part]["data"])) for part in CLAIMS)
        everything = together if holding == together else "not"
        return {"ours": f"{holding} of {together}", "all": everything, "points": points // 1000 * 1000}
    row = ROWS[question, quantity]
    epoch = re.search(r"after epoch (\d+)", row["data"])
    homework = {one.title: one.example for one in QUANTITIES if one.question == question}.get(quantity)
    return {**row, "data": row["data"].split(", ")[-1], "epoch": epoch and epoch[1], "homework": homework}


CLAIMS = (
    ("1.1", "E is convex plus concave: claims that hold"),
    ("1.2", "The update lowers E as derived: claims that hold"),
)


@functools.cache
def packaged(name: str) -> dict[str, Any]:
    """What is known of a packaged reader of words: its size, and what its training noted."""
    path = pretrained_reader(name)
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["dlhw"])
    network = WordNetwork(Architecture.from_header(header["architecture"]["network"]))
    return {
        "ours": sum(parameter.numel() for parameter in network.parameters()),
        "bytes": path.stat().st_size,
        "cer": header["validation_cer"],
        "epoch": header["epoch"],
        "temperature": header["architecture"]["temperature"],
        "homework": f"{REFERENCE_RESULTS[name == 'attention'].best_validation_error:.4f}",
    }
