"""What ``dlhw ocr compare`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.ocr_eval import decoder_name, reading_method
from dlhw.console.streams import printable
from dlhw.console.tables import figure, plain_table, probability, signed, signed_interval
from dlhw.console.word_errors import interval
from dlhw.plurals import counted


def comparison_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Both recognisers' rates, and their differences with intervals."""
    source = printable(document["data"]["source"])
    title = f"{counted(document['words'], 'word')} of {source}, {decoder_name(document)}, {document['protocol']}"
    k = document["wer_at_k_difference"]["k"]
    rates = [("CER", "cer"), ("WER", "wer")] + ([(f"WER@{k}", "wer_at_k")] if k > 1 else [])
    yield Text(title, style="bold")
    table = plain_table("", ("", "A", "B", "A − B", "95 %", "p"))
    for label, key in rates:
        difference = document[f"{key}_difference"]
        table.add_row(
            label,
            figure(document["a"][key]["value"]),
            figure(document["b"][key]["value"]),
            signed(difference["value"]),
            signed_interval(difference),
            probability(difference["p"], at_limit=difference["at_limit"]),
        )
    table.add_section()
    table.add_row("parameters", *(f"{document[one]['parameters']:,}" for one in "ab"))
    speeds = (document[one]["words_per_second"] for one in "ab")
    table.add_row("words/s", *("–" if speed is None else f"{speed:,.0f}" for speed in speeds))
    yield table
    for one in "ab":
        system = document[one]
        kind = "with attention" if system["attention"] else "without attention"
        method = reading_method(system) or "plain reading"
        yield Text(
            f"{one.upper()}  {printable(system['checkpoint'])}, {kind}, {method}, CER {interval(system['cer'])}",
            style="dim",
        )
    yield Text(verdict(document))
    yield Text("Intervals and p from a paired bootstrap over words.", style="dim")
    if document["protocol"] == "exact":
        yield Text("Case and punctuation count; --protocol alnum36 compares letters and digits alone.", style="dim")


NEITHER = "neither"


def verdict(document: Mapping[str, Any]) -> str:
    """Which of the two is better, by characters and by whole words, in a sentence."""
    better = {rate: _better(document[f"{rate.lower()}_difference"]) for rate in ("CER", "WER")}
    if "" in better.values():
        return "There is nothing to compare."
    decided = {rate: one for rate, one in better.items() if one != NEITHER}
    if not decided:
        return "These words do not separate the two: the intervals of the differences in CER and WER contain 0."
    if len(decided) == 2 and better["CER"] == better["WER"]:
        other = "B" if better["CER"] == "A" else "A"
        return (
            f"{better['CER']} makes fewer errors than {other}: "
            "the intervals of the differences in CER and WER are on one side of 0."
        )
    said = [f"{one} is better by {rate}" for rate, one in decided.items()]
    said += [f"by {rate} these words do not separate the two" for rate in better if rate not in decided]
    return f"{'; '.join(said)}."


def _better(difference: Mapping[str, float | None]) -> str:
    """A, B or neither, by a rate of errors of A minus that of B; empty where there is nothing to compare."""
    low, high = difference["low"], difference["high"]
    if low is None or high is None:
        return ""
    return NEITHER if low <= 0 <= high else "A" if high < 0 else "B"
