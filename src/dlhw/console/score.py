"""What ``dlhw score`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.columns import Columns
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.join_summary import letter
from dlhw.console.streams import printable
from dlhw.console.tables import figure, plain_table, probability, signed, signed_interval
from dlhw.console.word_errors import compared, confusion_text, interval, lengths_table
from dlhw.plurals import counted

WORST, WORST_SENTENCES, CONFUSIONS = 8, 4, 10
SIGNIFICANT = 0.05

Rates = Sequence[tuple[str, str]]
"""The label of a rate, and its key."""


def score_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Rates; of one system also where its errors lie, of several the differences of every two."""
    systems = document["systems"]
    sentences = is_sentences(document)
    rates = _rates(document, sentences=sentences)
    noun = "rows" if sentences else "words"
    yield Text(f"{document['words']:,} {noun} of {printable(document['truth'])}", style="bold")
    if len(systems) == 1:
        yield from _one(systems[0], rates)
    else:
        yield from several_systems(document, rates)
    yield Text(" ".join(_definitions(document, sentences=sentences)), style="dim")


def is_sentences(document: Mapping[str, Any]) -> bool:
    """Whether rows have more than one word, so that wrong words and wrong rows are different things."""
    edits = document["systems"][0]["sentence_edits"]
    return bool(edits["words"] > document["words"])


def several_systems(document: Mapping[str, Any], rates: Rates) -> Iterator[RenderableType]:
    """The rates of each system, the differences of every two, and which differ in the first rate."""
    for place, system in enumerate(document["systems"]):
        yield Text(f"{letter(place)}  {printable(system['predictions'])}", style="dim")
    yield _systems_table(document["systems"], rates)
    yield _pairs_table(document, rates)
    yield Text(_verdict(document, rates))


def _systems_table(systems: Sequence[Mapping[str, Any]], rates: Rates) -> Table:
    """The rates of several systems, one below the other."""
    table = plain_table("", ("", "", "value", "95 %"), left=2)
    for label, key in rates:
        for place, system in enumerate(systems):
            cells = ("" if place else label, letter(place), figure(system[key]["value"]), interval(system[key]))
            table.add_row(*cells)
        table.add_section()
    return table


def _pairs_table(document: Mapping[str, Any], rates: Rates) -> Table:
    """The differences of every two systems."""
    pairs = document["pairs"]
    names = [system["predictions"] for system in document["systems"]]
    several = len(pairs) > 1
    table = plain_table("", ("", "", "difference", "95 %", "p", *(("Holm’s p",) if several else ())), left=2)
    for label, key in rates:
        for place, pair in enumerate(pairs):
            found = pair[f"{key}_difference"]
            cells = [
                "" if place else label,
                f"{letter(names.index(pair['a']))} − {letter(names.index(pair['b']))}",
                signed(found["value"]),
                signed_interval(found),
                probability(found["p"], at_limit=found["at_limit"]),
            ]
            if several:
                cells.append(probability(found["p_holm"], at_limit=found["at_limit"]))
            table.add_row(*cells)
        table.add_section()
    return table


def _verdict(document: Mapping[str, Any], rates: Rates) -> str:
    """Which systems differ in the first rate, in a sentence."""
    label, key = rates[0]
    names = [system["predictions"] for system in document["systems"]]
    found = []
    for pair in document["pairs"]:
        difference = pair[f"{key}_difference"]
        p = difference["p_holm"]
        if p is not None and p < SIGNIFICANT and difference["value"]:
            a, b = letter(names.index(pair["a"])), letter(names.index(pair["b"]))
            found.append(f"{a} over {b}" if (difference["value"] > 0) == (key == "accuracy") else f"{b} over {a}")
    p_name = "Holm’s p" if len(document["pairs"]) > 1 else "p"
    if not found:
        pair_name = "any two" if len(names) > 2 else "the two"
        return f"These rows do not tell {pair_name} apart by {label} ({p_name} is not below 0.05)."
    return f"Better by {label} ({p_name} below 0.05): {', '.join(found)}."


def _rates(document: Mapping[str, Any], *, sentences: bool) -> Rates:
    k = document["k"]
    if not sentences:
        return [("CER", "cer"), ("WER", "wer"), *([(f"WER@{k}", "wer_at_k")] if k > 1 else [])]
    rates = [("CER", "cer"), ("sentence WER", "sentence_wer"), ("wrong rows", "wer")]
    return [*rates, (f"wrong rows@{k}", "wer_at_k")] if k > 1 else rates


def _one(system: Mapping[str, Any], rates: Rates) -> Iterator[RenderableType]:
    table = plain_table("", ("", "value", "95 %"))
    for label, key in rates:
        table.add_row(
            label, figure(system[key]["value"]), interval(system[key]), style="bold" if key == "cer" else None
        )
    table.add_row("1 − NED", figure(system["normalized_edit_similarity"]))
    yield table
    words, sentences = system["sentence_edits"], len(rates) > 1 and rates[1][1] == "sentence_wer"
    if system["by_length"]:
        yield lengths_table(system["by_length"], sentences=sentences)
    yield Text(edits_line("letters", system["edits"]))
    if sentences:
        yield Text(edits_line("words", {key: words[key] for key in system["edits"]}))
    if system["confusions"]:
        named = [Text(confusion_text(one)) for one in system["confusions"][:CONFUSIONS]]
        often = Table.grid(padding=(0, 2))
        often.add_row(Text("most often", style="dim"), Columns(named, padding=(0, 3)))
        yield often
    if system["worst"]:
        yield Text()
        yield _worst(system["worst"][: WORST_SENTENCES if sentences else WORST])


def edits_line(what: str, edits: Mapping[str, int]) -> str:
    """Edits by kind, in a sentence."""
    return (
        f"{counted(sum(edits.values()), 'edit')} of {what}: {edits['substitutions']:,} substituted, "
        f"{edits['deletions']:,} left out, {edits['insertions']:,} added."
    )


def _worst(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = plain_table("", ("worst rows", "written", "read", "edits"), left=3)
    for row in rows:
        read = printable(row["text"]) if row["text"] else Text("nothing", style="dim")
        name = printable(row["id"]) if row["id"] else f"line {row['line']:,}"
        table.add_row(name, printable(row["reference"]), read, str(row["distance"]))
    return table


def _definitions(document: Mapping[str, Any], *, sentences: bool) -> Iterator[str]:
    k, groups = document["k"], document["groups"]
    yield "CER: edits a letter."
    if sentences:
        yield "Sentence WER: edits of words a word. Wrong rows: the share not exactly right."
    else:
        yield "WER: words not exactly right."
    if k > 1:
        yield f"@{k}: missing among {k} candidates."
    yield compared(document["protocol"])
    if groups:
        yield f"Intervals from resampling {groups['count']:,} groups ({printable(groups['column'])})."
    if document["pairs"]:
        yield "Differences: paired bootstrap."
