"""What ``dlhw ocr eval`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.columns import Columns
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.streams import printable
from dlhw.console.tables import figure, path_cell, plain_table
from dlhw.console.word_errors import compared, confusion_text, interval, lengths_table, visible
from dlhw.plurals import counted, plural, rate

WORST, CONFUSIONS = 8, 10


def title(document: Mapping[str, Any]) -> str:
    """What was read, by which kind of network and how, and how texts are compared."""
    kind = "with attention" if document["attention"] else "without attention"
    return (
        f"{counted(document['words'], 'word')} of {printable(document['data']['source'])}, {kind}, "
        f"{decoder_name(document)}"
        + (f" with {method}" if (method := reading_method(document)) else "")
        + f", {document['protocol']}"
    )


def decoder_name(document: Mapping[str, Any]) -> str:
    """The decoder with its values, in a few words."""
    decoder = document["decoder"]
    if decoder["name"] == "beam":
        return "greedy" if decoder["width"] == 1 else f"beam {decoder['width']}"
    in_force, calibrated = decoder["temperature_in_force"], decoder["calibrated_temperature"]
    parts = "" if calibrated == 1 else f" ({decoder['temperature']:g} × {calibrated:.3g} of the calibration)"
    return f"{counted(decoder['samples'], 'sample')}, top-p {decoder['top_p']:g}, temperature {in_force:.3g}{parts}"


def warnings(document: Mapping[str, Any]) -> Iterator[str]:
    """What a person should know before quoting a result."""
    yield from document["warnings"]
    unreadable = document["unreadable"]
    if unreadable:
        first = unreadable[0]
        yield (
            f"{counted(len(unreadable), 'image')} could not be read and {plural(len(unreadable), 'counts')} as missed: "
            f"{first['image']}: {first['reason']}" + (", …" if len(unreadable) > 1 else "")
        )
    unknown = document["unknown_characters"]
    if unknown:
        named = "  ".join(f"{visible(letter)} {count}" for letter, count in list(unknown.items())[:CONFUSIONS])
        more = f"  … and {len(unknown) - CONFUSIONS:,} more" if len(unknown) > CONFUSIONS else ""
        yield f"these words have characters that the recogniser cannot write: {named}{more}"
    if document["truncated"]:
        longest = document["decoder"]["max_length"]
        yield f"{counted(document['truncated'], 'text')} ended only because {longest} characters are the most"


def evaluation_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Rates, errors by length, confusions, the worst words, and what the confidence is worth."""
    yield Text(title(document), style="bold")
    yield _rates(document)
    if document["methods"]:
        yield _methods(document)
    if document["kinds"]:
        yield _kinds(document)
    if document["by_length"]:
        yield lengths_table(document["by_length"])
    edits = document["edits"]
    yield Text(
        f"{counted(sum(edits.values()), 'edit')}: {edits['substitutions']:,} substituted, "
        f"{edits['deletions']:,} left out, {edits['insertions']:,} added."
    )
    if document["confusions"]:
        named = [Text(confusion_text(one)) for one in document["confusions"][:CONFUSIONS]]
        often = Table.grid(padding=(0, 2))
        often.add_row(Text("most often", style="dim"), Columns(named, padding=(0, 3)))
        yield often
    if document["worst"]:
        yield Text()
        yield _worst(document)
    yield Text(" ".join(_remarks(document)))
    k = document["wer_at_k"]["k"]
    at_k = f" WER@{k}: words missing among {k} candidates." if k > 1 else ""
    yield Text(
        f"CER: edits a character. WER: words not exactly right.{at_k} {compared(document['protocol'])}", style="dim"
    )
    written = [document["csv"]] if document["csv"] else []
    if document["figures"]:
        written.append(f"{counted(len(document['figures']), 'figure')} in {Path(document['figures'][0]).parent}")
    if written:
        yield Text(f"wrote {' and '.join(map(printable, written))}", style="dim")


def _remarks(document: Mapping[str, Any]) -> Iterator[str]:
    if (distinct := document["data"]["distinct_texts"]) < document["words"]:
        yield f"{distinct:,} of the {document['words']:,} texts are distinct."
    error, speed = document["calibration"]["ece"], document["words_per_second"]
    if error is not None:
        yield f"Calibration error of the probabilities (ECE) {error:.3f}."
    if speed is not None:
        yield f"{rate(speed, 'word')} a second on {document['device']}, {counted(document['threads'], 'thread')}."


def _rates(document: Mapping[str, Any]) -> Table:
    k = document["wer_at_k"]["k"]
    seeds, reported = document["over_seeds"], document["reported"]
    headings = ["", "", "95 %"]
    if seeds:
        headings.append(f"over {len(document['decoder']['seeds'])} seeds")
    if reported:
        headings.append("the report, on other data")
    table = plain_table("", headings)
    rows = [("CER", "cer", "cer"), ("WER", "wer", "wer")]
    if k > 1:
        rows.append((f"WER@{k}", "wer_at_k", f"wer_at_{k}"))
    for label, key, theirs in rows:
        cells = [label, figure(document[key]["value"]), interval(document[key])]
        if seeds:
            over = seeds[key]
            known = over["mean"] is not None
            cells.append(f"{over['mean']:.4f} ± {over['deviation']:.4f}" if known else "–")
        if reported:
            cells.append(figure(reported.get(theirs)))
        table.add_row(*cells, style="bold" if key == "cer" else None)
    table.add_row("1 − NED", figure(document["normalized_edit_similarity"]))
    if reported:
        table.columns[-1].style = "dim"
    return table


def _kinds(document: Mapping[str, Any]) -> Table:
    table = plain_table("", ("kind", "words", "CER", "95 %", "WER", "95 %"))
    for row in document["kinds"]:
        rates = [cell for key in ("cer", "wer") for cell in (figure(row[key]["value"], 3), interval(row[key]))]
        table.add_row(row["kind"], f"{row['words']:,}", *rates)
    return table


def _methods(document: Mapping[str, Any]) -> Table:
    k = document["wer_at_k"]["k"]
    table = plain_table("", ("chosen by", "CER", "WER", "95 %", f"WER@{k}", "ECE"))
    for row in document["methods"]:
        table.add_row(
            reading_method(row) or "plain reading",
            figure(row["cer"]["value"]),
            figure(row["wer"]["value"]),
            interval(row["wer"]),
            figure(row["wer_at_k"]["value"]),
            figure(row["ece"]),
        )
    return table


def reading_method(document: Mapping[str, Any]) -> str:
    """How texts are chosen beside the first reading, in a few words; empty where that alone decides."""
    parts = ["second look"] if document["second_look"] else []
    if document["prior"]:
        parts.append(f"prior {document['prior']}")
    if document.get("lexicon"):
        parts.append("a lexicon")
    return " and ".join(parts)


def _worst(document: Mapping[str, Any]) -> Table:
    unreadable = {word["image"] for word in document["unreadable"]}
    table = plain_table("", ("worst words", "written", "read", "edits"), left=3)
    for word in document["worst"][:WORST]:
        nothing = "could not be read" if word["image"] in unreadable else "nothing"
        read = printable(word["text"]) if word["text"] else Text(nothing, style="dim")
        table.add_row(path_cell(word["image"]), printable(word["reference"]), read, str(word["distance"]))
    return table
