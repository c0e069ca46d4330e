"""Files of numbers: the template reads back, and whatever is wrong is one clear error."""

from __future__ import annotations

import contextlib
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError, UsageError
from dlhw.report.handin.judging import judged_document
from dlhw.report.handin.quantities import QUANTITIES
from dlhw.report.handin.reading import read_hand_in
from dlhw.report.handin.template import template, write_template


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "handin.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def filled_in() -> str:
    """The template with every number's line in force."""
    return "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in template().split("\n")
    )


def test_the_template_holds_every_number_once_it_is_filled_in(tmp_path: Path) -> None:
    hand_in = read_hand_in(written(tmp_path, filled_in()))
    assert [*hand_in.numbers] == [*QUANTITIES]
    assert {one: str(value) for one, value in hand_in.numbers.items()} == {one: one.example for one in QUANTITIES}
    assert hand_in.name == "Group 1"
    assert hand_in.data == {"landscapes": "intel48", "words": "rendered"}
    assert hand_in.items == {"validation_images": 874, "test_images": 1079, "test_words": 2000}


def test_a_number_in_the_template_names_no_data(tmp_path: Path) -> None:
    example = "# test_accuracy = 0.6860"
    assert example in template()
    hand_in = read_hand_in(written(tmp_path, template().replace(example, example.removeprefix("# "))))
    assert hand_in.data == {}, "who fills in a number has not said what it was measured on"
    assert hand_in.items == {}
    document = judged_document(hand_in)
    assert [number["consistent"] for number in document["numbers"]] == [None]
    (missing,) = document["data_not_named"]
    assert missing == {"table": "landscapes", "line": 'data = "intel48"', "numbers": 1}
    assert f"\n[landscapes]\n# {missing['line']}" in template(), "the line that is to be added stands there"


def test_a_template_overwrites_nothing(tmp_path: Path) -> None:
    write_template(tmp_path / "new.toml")
    tomllib.loads((tmp_path / "new.toml").read_text())
    with pytest.raises(UsageError, match=r"new\.toml exists"):
        write_template(tmp_path / "new.toml")
    with pytest.raises(DataError, match="cannot be written"):
        write_template(tmp_path / "nowhere" / "new.toml")


def test_decimals_stay_as_written(tmp_path: Path) -> None:
    hand_in = read_hand_in(written(tmp_path, "\ufeff" + '["2.1"."0.01"]\ntest_accuracy = 0.6860\n'))
    assert list(map(str, hand_in.numbers.values())) == ["0.6860"]
    assert hand_in.name == "handin.toml"


ACCURACY = '["2.1"."0.01"]\ntest_accuracy = '


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds no number of the homework"),
        (template(), "holds no number of the homework"),
        (ACCURACY + "0,686", "is not TOML"),
        (ACCURACY + "68.6", "must be a share from 0 to 1, got 68.6"),
        (ACCURACY + "-0.1", "must be a share from 0 to 1"),
        (ACCURACY + "nan", "must be a share from 0 to 1, got NaN"),
        (ACCURACY + "inf", "must be a share from 0 to 1"),
        (ACCURACY + "1e999999999", "must be a share from 0 to 1"),
        (ACCURACY + '"0.686"', "must be a number, got '0.686'"),
        (ACCURACY + "true", "must be a number, got True"),
        (ACCURACY + "[0.5]", "must be a number"),
        (ACCURACY + "2026-01-01", "must be a number"),
        ('"2.1" = 0.5', "2.1 must be a table with 0.1"),
        ('["2.3"]\nflatten = 5340742.0', "whole number of parameters"),
        ('["2.3"]\nflatten = -1', "whole number of parameters"),
        ('["3a"]\ntest_wer = "diverged"', "must be a number"),
        ('["2.1"."0.02"]\ntest_accuracy = 0.5', "'0.02' in 2.1 is not known"),
        ('["2.1"."0.01"]\naccuracy = 0.5', "'accuracy' in 2.1, 0.01 is not known"),
        ("test_accuracy = 0.5", "'test_accuracy' at the top is not known"),
        ("name = 7\n" + ACCURACY + "0.5", "“name” must be a text"),
        ("name = ''\n" + ACCURACY + "0.5", "“name” must be a text"),
        ("[landscapes]\ntest_images = 0\n" + ACCURACY + "0.5", "must be a count from 1 on"),
        ("[landscapes]\ndata = 48\n" + ACCURACY + "0.5", "must be a text such as 'intel48'"),
        ("landscapes = 'intel48'\n" + ACCURACY + "0.5", "landscapes must be a table"),
        ("a = " + "[" * 5000, "is not TOML"),
        (b"\xff\xfe" + ACCURACY.encode("utf-16-le"), "not a text in UTF-8"),
        (b"#" * (1 << 21), "has 2,097,152 bytes"),
    ],
    ids=range(27),
)
def test_a_bad_file_is_one_clear_error(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_hand_in(written(tmp_path, content))
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(DataError, match="there is no file"):
            read_hand_in(path)


def test_percentages_are_named_as_shares(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_hand_in(written(tmp_path, ACCURACY + "68.6"))
    assert "divide percentages by 100: 0.686" in caught.value.hint


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "handin.toml"
    path.write_text(f"{ACCURACY}0.5\n{text}", encoding="utf-8", errors="replace")
    with contextlib.suppress(DataError):
        assert read_hand_in(path).numbers[QUANTITIES[3]] == Decimal("0.5")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[2.1]\nx = 1", 'names with a point need quotes: ["2.1"], not [2.1]'),
        ("[2.1.0.01]\ntest_accuracy = 0.5", 'names with a point need quotes: ["2.1"."0.01"], not [2.1.0.01]'),
        ('["2.1".0.01]\ntest_accuracy = 0.5', 'names with a point need quotes: ["2.1"."0.01"], not [2.1.0.01]'),
        ("[2.9]\nx = 1", "'2' at the top is not known"),
        (ACCURACY + '"diverges"', "must be a number or “diverged”, got 'diverges'"),
    ],
)
def test_what_is_near_is_named(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_hand_in(written(tmp_path, content))
    assert says in caught.value.message
    assert "faults" not in caught.value.message


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    content = (
        f'{ACCURACY}68.6\nvalidation_accuracy = "no"\n["3a"]\ntest_wer = 7\ncer = 1\n[landscapes]\ntest_images = 0'
    )
    with pytest.raises(DataError, match="has 5 faults: ") as caught:
        read_hand_in(written(tmp_path, content))
    for said in ("got 68.6", "got 'no'", "got 7", "'cer' in 3a is not known", "must be a count from 1 on"):
        assert said in caught.value.message
    assert "divide percentages by 100: 0.686" in caught.value.hint
