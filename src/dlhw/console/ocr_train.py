"""What ``dlhw ocr train`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.patience import ended_early, patience_line
from dlhw.console.streams import note, warn
from dlhw.console.tables import figure, plain_table, spread
from dlhw.plurals import counted, plural, rate

NAMED_AT_MOST = 5


def tell_preparing(source: str | None, *, resumes: bool) -> None:
    """Say at once what is about to take seconds. Only the run knows whether its words are rendered or read."""
    doing = "preparing" if resumes else "rendering"
    note(f"{doing} the words to be measured on" if source is None else f"reading {source}")


def show_training_dataset(describe: Mapping[str, Any], *, rejected: Sequence[str], warnings: Sequence[str]) -> None:
    """Say on stderr what is learnt from, and what was left out of it."""
    sizes = f"{describe['train']:,} an epoch, {describe['validation']:,} validation, {describe['test']:,} test"
    note(f"words: {describe['source']} ({sizes})")
    if describe["fonts"]:
        fonts = describe["fonts"]
        note(f"fonts: {counted(fonts['train'], 'face')} to learn from, {fonts['test']} to be measured on")
    for warning in warnings:
        warn(warning)
    for reason in rejected[:NAMED_AT_MOST]:
        warn(reason)
    if rejected:
        count, what = len(rejected), "font" if describe["fonts"] else "row"
        left = f"{counted(count, what)} cannot be used and {plural(count, 'was')}"
        warn(f"{left} left out{'' if describe['fonts'] else '; dlhw ocr check lists them'}")


def training_title(attention: bool, describe: Mapping[str, Any], run: str) -> str:
    """The line above the progress of a training."""
    kind = "attention" if attention else "no attention"
    return f"ocr train · {kind} · {counted(describe['train'], 'word')} an epoch · {run}"


def training_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The table of a finished ``dlhw ocr train``, with the report's numbers beside."""
    kind = "with attention" if document["attention"] else "without attention"
    seen = f"{counted(document['words_seen'], 'word')} in {counted(document['last_epoch'], 'epoch')}"
    title = f"{kind}, {document['parameters']:,} parameters, {seen} from {_source(document)}"
    k = document["test"]["wer_at_k"]["k"]
    table = plain_table(title, ("", "words", "CER", "95 %", "WER", "95 %", f"WER@{k}"))
    rows = {"test": "test words", "plain": "in plain print"}
    for name, label in rows.items():
        if name not in document:
            continue
        measured = document[name]
        table.add_row(
            label if "plain" in document else "test words",
            f"{measured['words']:,}",
            figure(measured["cer"]),
            _interval(measured["intervals"]["cer"]),
            figure(measured["wer"]),
            _interval(measured["intervals"]["wer"]),
            figure(measured["wer_at_k"]["value"]),
            style="bold" if name == "test" else None,
        )
    reported = document["reported"]
    if reported:
        table.add_section()
        table.add_row("report (other data)", "", figure(reported["cer"]), "", figure(reported["wer"]), "", "")
    beside = f" (the report: {figure(reported['best_validation_error'])})" if reported else ""
    yield table
    if document["seeds"] > 1:
        yield _seeds_table(document, k)
    yield Text(
        f"Best validation CER {figure(document['best_validation_cer'])} after epoch {document['best_epoch']} "
        f"of {document['last_epoch']}{beside}, "
        f"{rate(document['images_per_second'], 'image')} a second. Beam search with {k} candidates a word."
    )
    yield from patience_line(ended_early(document["results"]))
    yield Text(
        "CER: edits a character. WER: words not exactly right. "
        f"WER@{k}: words missing among {k} candidates. Case and punctuation count.",
        style="dim",
    )
    yield Text(f"run {document['run']}, figures in {document['run']}/figures", style="dim")


def _seeds_table(document: Mapping[str, Any], k: int) -> Table:
    """Means over the seeds; the table before is of the one that is best by validation."""
    summary = document["summary"]
    diverged = f", without {summary['diverged']} that diverged" if summary["diverged"] else ""
    title = f"Means ± sample deviations over {counted(summary['n'], 'seed')}{diverged}"
    table = plain_table(title, ("", "CER", "WER", f"WER@{k}"))
    for name, label in (("test", "test words"), ("plain", "in plain print")):
        if name in summary:
            table.add_row(label, *(spread(summary[name][score]) for score in ("cer", "wer", "wer_at_k")))
    return table


def _source(document: Mapping[str, Any]) -> str:
    return str(document["data"]["source"])


def _interval(bounds: Sequence[float | None]) -> str:
    low, high = bounds
    return "" if low is None or high is None else f"{low:.3f}–{high:.3f}"
