"""Whether another group's number is consistent with our full-length trainings, and why.

A number is consistent if it lies where 95 % of such trainings would end: as far from the mean m of ours as

    √( (t·s)²·(1 + 1/n) + z²·(σ² + σ'²) )

allows. s is the deviation over n seeds with Student's t for n − 1 degrees of freedom; where fewer than three seeds were
trained it is the deviation over the last epochs of one training, a stand-in that cannot see what seeds alone change. σ
and σ' are the standard errors from the test images or words, ours and theirs. Where no s is known, a number within the
items' part is consistent; beyond, one that would need an s larger than m itself is not; the others are not judged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dlhw.learning.intervals import Z
from dlhw.plurals import counted
from dlhw.report.handin.full_runs import ENOUGH_SEEDS, FullRun, full_runs
from dlhw.report.handin.quantities import Quantity
from dlhw.report.handin.reading import DIVERGED, HandIn, Number

STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""The 97.5 % quantiles of Student's distribution for 1 to 30 degrees of freedom."""

MOST_DECIMALS = 12
"""Of a share that is checked to be one of so many items: beyond, a float's own rounding shows."""

TRAP = range(8, 21)
"""Points of accuracy that reading rows of height × width × channels as channels first may cost; measured were 14."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A reported number judged against our full-length trainings, by the formula of this module."""

    quantity: Quantity
    reported: Number
    ours: FullRun | None
    """``None`` for counts, which are exact."""

    consistent: bool | None
    """``None`` where it is not known."""

    reason: str
    """Why, in a sentence."""

    low: float | None = None
    high: float | None = None
    """Where 95 % of such trainings would end, in the unit of the number; ``None`` where no spread is known."""

    def as_document(self) -> dict[str, Any]:
        """An entry in ``numbers`` of the document."""
        ours = self.ours
        return {
            "question": self.quantity.question,
            "quantity": self.quantity.title,
            "reported": plain(self.reported),
            "mean": int(self.quantity.example) if ours is None else ours.mean,
            "deviation": None if ours is None else ours.deviation,
            "n": None if ours is None else len(ours.values),
            "low": self.low,
            "high": self.high,
            "consistent": self.consistent,
            "reason": self.reason,
        }


def judged_document(hand_in: HandIn) -> dict[str, Any]:
    """``hand_in`` of the document: every number, how many are consistent, and which lines about data are missing."""
    judged = [judge(quantity, hand_in) for quantity in hand_in.numbers]
    verdicts = Counter(one.consistent for one in judged)
    unnamed = Counter(
        (_table(one.quantity), one.ours.data)
        for one in judged
        if one.ours is not None and one.consistent is None and _table(one.quantity) not in hand_in.data
    )
    return {
        "file": hand_in.file,
        "name": hand_in.name,
        "numbers": [one.as_document() for one in judged],
        "consistent": verdicts[True],
        "inconsistent": verdicts[False],
        "not_judged": verdicts[None],
        "data_not_named": [
            {"table": table, "line": f'data = "{data}"', "numbers": count} for (table, data), count in unnamed.items()
        ],
    }


def judge(quantity: Quantity, hand_in: HandIn) -> Judgement:
    """One number of a hand-in."""
    reported = hand_in.numbers[quantity]
    ours = full_runs().get(quantity)
    if ours is None:
        return _count(quantity, int(reported))
    items = hand_in.items.get(quantity.items)
    noun = "word" if quantity.items == "test_words" else "image"
    if isinstance(reported, Decimal):
        at_3 = {one.path[-1]: value for one, value in hand_in.numbers.items() if one.question == quantity.question}
        if (best := _impossible(quantity, reported, items, noun, at_3)) is not None:
            return Judgement(quantity=quantity, reported=reported, ours=ours, consistent=False, reason=best)
    if (data := hand_in.data.get(_table(quantity))) != ours.data:
        gap = _gap(reported, ours) if ours.values else f"ours diverged in {ours.diverged}"
        # That no data are named concerns the whole table of the file, and is said once for it.
        reason = gap if data is None else f"{gap}; measured on {data}, and ours on {ours.data}"
        return Judgement(quantity=quantity, reported=reported, ours=ours, consistent=None, reason=reason)
    if reported == DIVERGED or ours.diverged:
        return _diverged(quantity, reported, ours)
    return _measured(quantity, float(reported), reported, ours, items or ours.items)


def plain(reported: Number) -> float | int | str:
    """A number as JSON has it."""
    return float(reported) if isinstance(reported, Decimal) else reported


def _table(quantity: Quantity) -> str:
    """The table of the file that says what a number was measured on."""
    return "words" if quantity.items == "test_words" else "landscapes"


def _count(quantity: Quantity, reported: int) -> Judgement:
    exact = int(quantity.example)
    said = "exact"
    if reported != exact:
        more = "more" if reported > exact else "fewer"
        said = (
            f"{abs(reported - exact):,} {more} than {exact:,}, which is exact: "
            "dlhw cnn params --module FILE.py:NAME says in which layer"
        )
    return Judgement(quantity=quantity, reported=reported, ours=None, consistent=reported == exact, reason=said)


def _impossible(
    quantity: Quantity, reported: Decimal, items: int | None, noun: str, others: Mapping[str, Number]
) -> str | None:
    """Why no training whatever gives a number; ``None`` where one may."""
    first, among = others.get("wer"), others.get("wer_at_3")
    if quantity.path[-1] == "wer_at_3" and isinstance(first, Decimal) and isinstance(among, Decimal) and among > first:
        return f"impossible: a word that is right is among the three, so WER@3 cannot exceed the WER of {first}"
    if items is None or quantity.kind == "characters":
        return None
    exponent = reported.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    if not 0 < decimals <= MOST_DECIMALS:
        return None
    value, unit = float(reported), 10.0**-decimals
    below = math.floor(value * items)
    # Rounded or cut off: both are done.
    if any(value - unit / 2 <= count / items + 1e-15 < value + unit for count in range(below - 1, below + 3)):
        return None
    around = " and ".join(f"{count:,} give {count / items:.{decimals + 1}f}" for count in (below, below + 1))
    return f"impossible: no count of {counted(items, noun)} gives {reported}; {around}"


def _diverged(quantity: Quantity, reported: Number, ours: FullRun) -> Judgement:
    if reported == DIVERGED and ours.diverged:
        consistent, said = True, f"ours diverged too, in {ours.diverged}"
    elif reported == DIVERGED:
        consistent, said = None, f"{_trained(ours)} did not diverge; of other seeds nothing is known"
    else:
        consistent, said = None, f"our training with this rate diverged in {ours.diverged}; other seeds may not"
    return Judgement(quantity=quantity, reported=reported, ours=ours, consistent=consistent, reason=said)


def _measured(quantity: Quantity, value: float, reported: Number, ours: FullRun, items: int) -> Judgement:
    mean, n = ours.mean, len(ours.values)
    assert mean is not None  # what did not diverge has a value
    assert ours.item_deviation is not None
    by_items = Z * ours.item_deviation * math.sqrt(1 + ours.items / items)
    which = quantity.items.replace("_", " ")
    seeds, epochs = ours.deviation, ours.epoch_deviation
    if seeds is not None and n >= ENOUGH_SEEDS:
        by_training, spread = _student(n - 1) * seeds * math.sqrt(1 + 1 / n), f"seeds and {which}"
    elif epochs is not None:
        by_training, spread = _student(len(ours.epochs) - 1) * epochs * math.sqrt(2), f"epochs and {which}"
    else:
        by_training, spread = None, f"{which} alone"
    half = math.hypot(by_training or 0.0, by_items)
    low, high = max(0.0, mean - half), mean + half if quantity.kind == "characters" else min(1.0, mean + half)
    inside = low <= value <= high
    consistent: bool | None = inside
    reason = f"{_gap(reported, ours)}, {'within' if inside else 'outside'} {low:.3f} to {high:.3f} ({spread})"
    if by_training is None and not inside:
        needed = math.sqrt((value - mean) ** 2 - by_items**2) / (Z * math.sqrt(2))
        consistent = False if needed > mean else None
        reason += f"; seeds would have to deviate by {needed:.3f}"
        reason += ", more than the rate itself" if needed > mean else ", and how far they do was not measured"
    elif not inside and quantity.kind == "accuracy" and round(100 * (mean - value)) in TRAP:
        reason += "; rows of height × width × channels read as channels first cost about as much"
    elif inside and epochs is not None and spread.startswith("epochs") and half > 0.2:
        reason += "; the accuracy of this training changes much from epoch to epoch"
    return Judgement(
        quantity=quantity, reported=reported, ours=ours, consistent=consistent, reason=reason, low=low, high=high
    )


def _gap(reported: Number, ours: FullRun) -> str:
    if not isinstance(reported, Decimal) or ours.mean is None:
        return _trained(ours)
    difference = float(reported) - ours.mean
    return f"{abs(difference):.4f} {'above' if difference > 0 else 'below'} {_trained(ours)}"


def _trained(ours: FullRun) -> str:
    n, deviation = len(ours.values), ours.deviation
    spread = "" if deviation is None else f" ± {deviation:.4f}"
    return f"ours, {ours.mean:.4f}{spread} (n = {n})"


def _student(freedom: int) -> float:
    return STUDENT[freedom - 1] if freedom <= len(STUDENT) else Z
