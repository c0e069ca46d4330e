"""Numbers judged: against seeds, against epochs, against items alone, and against what is possible at all."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import mpmath  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning.intervals import Z
from dlhw.report.handin import judging
from dlhw.report.handin.full_runs import FullRun, full_runs
from dlhw.report.handin.judging import STUDENT, Judgement, judge, judged_document
from dlhw.report.handin.quantities import QUANTITIES, Quantity
from dlhw.report.handin.reading import HandIn, Number
from tests.documents import ROOT

OURS = {"landscapes": "intel48", "words": "rendered"}
BY_PATH = {one.path: one for one in QUANTITIES}
TEST = BY_PATH["2.1", "0.01", "test_accuracy"]
GAP = BY_PATH["2.2", "0.01", "test_accuracy"]
CER = BY_PATH["3b", "test_cer"]


def hand_in(
    numbers: dict[Quantity, Number], *, data: dict[str, str] | None = None, items: dict[str, int] | None = None
) -> HandIn:
    return HandIn(
        file="handin.toml", name="Group 1", data=OURS if data is None else data, items=items or {}, numbers=numbers
    )


def judged(quantity: Quantity, value: str | int, **how: dict[str, str] | dict[str, int]) -> Judgement:
    number = value if isinstance(value, int) or value == "diverged" else Decimal(value)
    return judge(quantity, hand_in({quantity: number}, **how))  # type: ignore[arg-type]


def with_seeds(monkeypatch: pytest.MonkeyPatch, values: tuple[float, ...], **changes: object) -> None:
    run = {"values": values, "data": "intel48", "items": 1000, "item_deviation": 0.01, **changes}
    monkeypatch.setattr(judging, "full_runs", lambda: {TEST: FullRun(**run)})  # type: ignore[arg-type]


def test_the_spread_over_seeds_and_images_is_what_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    with_seeds(monkeypatch, (0.76, 0.77, 0.78, 0.79, 0.80))
    half = math.hypot(2.776 * math.sqrt(0.00025) * math.sqrt(1.2), Z * 0.01 * math.sqrt(2))
    result = judged(TEST, "0.7400")
    assert result.low == pytest.approx(0.78 - half)
    assert result.high == pytest.approx(0.78 + half)
    assert result.consistent
    assert "0.0400 below ours, 0.7800 ± 0.0158 (n = 5), within" in result.reason
    assert "(seeds and test images)" in result.reason
    assert judged(TEST, "0.7180").consistent is False
    assert judged(TEST, "0.8420").consistent is False


def test_few_test_images_of_theirs_leave_more_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with_seeds(monkeypatch, (0.76, 0.77, 0.78, 0.79, 0.80))
    assert judged(TEST, "0.70", items={"test_images": 1000}).consistent is False
    assert judged(TEST, "0.70", items={"test_images": 50}).consistent is True


def test_fewer_than_three_seeds_leave_the_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    with_seeds(monkeypatch, (0.78, 0.80), epochs=(0.77, 0.79))
    result = judged(TEST, "0.7400")
    assert result.high == pytest.approx(min(1.0, 0.79 + math.hypot(12.706 * 0.02, Z * 0.01 * math.sqrt(2))))
    assert "(epochs and test images)" in result.reason


def test_items_alone_judge_only_what_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    with_seeds(monkeypatch, (0.20,))
    assert judged(TEST, "0.21").consistent is True
    assert judged(TEST, "0.40").consistent is None, "seeds may spread as far, for all that is known"
    result = judged(TEST, "0.99")
    assert result.consistent is False
    assert "seeds would have to deviate by" in result.reason


def test_a_count_is_exact() -> None:
    flatten = BY_PATH["2.3", "flatten"]
    assert judged(flatten, 5_340_742).consistent is True
    result = judged(flatten, 5_342_790)
    assert result.consistent is False
    assert "2,048 more than 5,340,742" in result.reason
    assert "1 fewer than" in judged(flatten, 5_340_741).reason


def test_other_data_is_not_judged() -> None:
    result = judged(TEST, "0.5", data={"landscapes": "course"})
    assert result.consistent is None
    assert "0.2739 below ours" in result.reason
    assert result.reason.endswith("; measured on course, and ours on intel48")
    assert judged(CER, "0.5", data=OURS | {"landscapes": "course"}).consistent is False, "words are other data"


def test_data_that_are_not_named_are_not_judged() -> None:
    for quantity, table in ((TEST, "landscapes"), (CER, "words")):
        result = judged(quantity, "0.5", data={one: name for one, name in OURS.items() if one != table})
        assert result.consistent is None
        assert "ours, 0." in result.reason
        assert "named" not in result.reason, "which is said once for the file's table"
    numbers: dict[Quantity, Number] = {TEST: Decimal("0.7443"), CER: Decimal("0.5")}
    document = judged_document(hand_in(numbers, data={}, items={"test_images": 1079}))
    assert [one["table"] for one in document["data_not_named"]] == ["words"], "an impossible share is judged"
    assert judged(BY_PATH["2.3", "gap"], 756_742, data={}).consistent is True, "a count needs no data"


def test_scrambled_pixels_are_named() -> None:
    assert "read as channels first" in judged(TEST, "0.6860").reason
    assert "channels first" not in judged(TEST, "0.2000").reason
    assert "channels first" not in judged(TEST, "0.9900").reason


def test_an_accuracy_that_jumps_says_little() -> None:
    result = judged(GAP, "0.6000")
    assert result.consistent is True
    assert "the accuracy of this training changes much from epoch to epoch" in result.reason


@pytest.mark.parametrize(
    ("question", "value", "consistent"),
    [("0.1", "diverged", True), ("0.1", "0.5763", None), ("0.01", "diverged", None)],
)
def test_divergence(question: str, value: str, consistent: bool | None) -> None:
    result = judged(BY_PATH["2.1", question, "test_accuracy"], value)
    assert result.consistent is consistent
    assert "diverge" in result.reason


def test_a_share_must_be_one_of_so_many_images() -> None:
    course = {"landscapes": "course"}
    for rate, value in (("0.1", "0.5763"), ("0.01", "0.6860"), ("0.001", "0.5790")):
        quantity = BY_PATH["2.1", rate, "test_accuracy"]
        assert judged(quantity, value, data=course, items={"test_images": 3000}).consistent is None
    result = judged(TEST, "0.7745", items={"test_images": 1079})
    assert result.consistent is False
    assert result.reason == "impossible: no count of 1,079 images gives 0.7745; 835 give 0.77386 and 836 give 0.77479"


@given(st.integers(1, 5000).flatmap(lambda items: st.tuples(st.integers(0, items), st.just(items))), st.integers(1, 15))
def test_no_share_that_is_one_is_called_impossible(pair: tuple[int, int], decimals: int) -> None:
    right, items = pair
    for value in (f"{right / items:.{decimals}f}", f"{math.floor(right / items * 10**8) / 10**8:.8f}"):
        assert "impossible" not in judged(TEST, value, items={"test_images": items}).reason


def test_three_words_hold_the_first() -> None:
    wer, among = BY_PATH["3c", "wer"], BY_PATH["3c", "wer_at_3"]
    numbers: dict[Quantity, Number] = {wer: Decimal("0.1180"), among: Decimal("0.1190")}
    result = judge(among, hand_in(numbers))
    assert result.consistent is False
    assert "WER@3 cannot exceed the WER of 0.1180" in result.reason


def test_the_factors_are_students() -> None:
    for freedom, factor in enumerate(STUDENT, start=1):
        beyond = mpmath.betainc(freedom / 2, 0.5, 0, freedom / (freedom + factor**2), regularized=True)
        assert float(beyond) == pytest.approx(0.05, abs=1e-4)


def test_what_is_kept_is_what_the_report_page_shows() -> None:
    rows = json.loads((ROOT / "docs" / "report" / "report.json").read_text())["rows"]
    for quantity in QUANTITIES:
        (row,) = [one for one in rows if quantity.is_row(one["question"], one["quantity"])]
        kept = full_runs().get(quantity)
        if kept is None:
            assert row["ours"] == int(quantity.example)
        elif kept.diverged:
            assert row["data"].endswith(f"diverged in {kept.diverged}")
        else:
            assert kept.values[0] == row["ours"]
            assert row["data"].startswith(f"{kept.items:,} ")
            if quantity.kind == "characters":
                assert kept.item_deviation == pytest.approx((row["high"] - row["low"]) / (2 * Z))


def test_our_own_numbers_are_consistent() -> None:
    numbers: dict[Quantity, Number] = {
        one: int(one.example)
        if one.kind == "count"
        else "diverged"
        if (ours := full_runs()[one]).diverged
        else Decimal(f"{ours.values[0]:.4f}")
        for one in QUANTITIES
    }
    items = {"validation_images": 874, "test_images": 1079, "test_words": 2000}
    document = judged_document(hand_in(numbers, items=items))
    assert document["consistent"] == len(QUANTITIES), document
    json.dumps(document, allow_nan=False)
