"""Question 3 on the page: words read without attention, with it, and with three proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.curves import plot_curves
from dlhw.learning.device import choose_precision
from dlhw.learning.intervals import Estimate
from dlhw.learning.trial_folder import TrialFolder
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.evaluation import BEAM, Evaluation, describe_decoder, evaluate, over_seeds
from dlhw.ocr.evaluation_dataset import EvaluationDataset, load_evaluation_dataset
from dlhw.ocr.figures.charts import plot_confusions
from dlhw.ocr.pretrained import ATTENTION, NO_ATTENTION, pretrained
from dlhw.ocr.recipe import SHIPPED
from dlhw.ocr.recognizer import Recognizer, load_recognizer
from dlhw.ocr.reference_results import REFERENCE_RESULTS, REPORTED_PROPOSALS
from dlhw.ocr.settings import Settings
from dlhw.plurals import counted
from dlhw.report.section import Figure, Row, Section, Table
from dlhw.report.svg import as_svg
from dlhw.report.trainings import environments, to_repeat, train_reading, training_seconds
from dlhw.report.words import attention_figure, worst_words
from dlhw.report.workplace import Workplace

TOP_P, SAMPLES = 0.9, 3
"""The report samples three words; it does not say how. Nucleus sampling with p = 0.9 is ours."""

CONFUSIONS, WORST = 12, 8
RUNS = {False: "3a", True: "3b"}
OTHER_DATA = (
    "The report does not name its data, and it shows no images of words: its results cannot be compared with ours. "
    "Ours are rendered words that the network did not learn from; case and punctuation count."
)


@dataclass(frozen=True)
class _Measured:
    """A recogniser with its test words."""

    recognizer: Recognizer
    words: EvaluationDataset


def without_attention(at: Workplace) -> Section:
    """3a: the encoder–decoder without attention."""
    return _trained(at, attention=False)


def with_attention(at: Workplace) -> Section:
    """3b: the same with attention."""
    return _trained(at, attention=True)


def proposals(at: Workplace) -> Section:
    """3c: three proposals a word, sampled as in the report and searched for."""
    measured = _measured(at, attention=True)
    beam = _evaluate(at, measured, BeamSearch(width=BEAM), "searching for three words")
    sampling = NucleusSampling(top_p=TOP_P, samples=SAMPLES, seed=at.seed)
    drawn = _evaluate(at, measured, sampling, "sampling three words", seeds=at.scale.samplings)
    rows = []
    for name, label in (("cer", "CER"), ("wer", "WER"), ("wer_at_k", f"WER@{SAMPLES}")):
        reported = REPORTED_PROPOSALS["wer_at_3" if name == "wer_at_k" else name]
        rows.append(_rate_row(f"{label}, three samples", reported, getattr(drawn.scores, name), measured))
    searching = _evaluating(at, attention=True, how=f"--beam {BEAM}")
    for name, label in (("cer", "CER"), ("wer", "WER"), ("wer_at_k", f"WER@{BEAM}")):
        rate = getattr(beam.scores, name)
        rows.append(_rate_row(f"{label}, beam of three", None, rate, measured, command=searching))
    remarks = [
        "The report says that three words are proposed, not how. Sampling draws each letter from the likeliest that "
        f"together have {TOP_P:.0%}{_in_force(drawn)}; a beam keeps the three likeliest texts. {_gain(drawn, beam)}",
    ]
    if spread := over_seeds(drawn.rates):
        remarks.append(
            f"Over {len(drawn.rates)} seeds sampling gives "
            + ", ".join(
                f"{label} {spread[name]['mean']:.4f} ± {spread[name]['deviation']:.4f}"
                for name, label in (("cer", "CER"), ("wer", "WER"), ("wer_at_k", f"WER@{SAMPLES}"))
                if spread[name]["mean"] is not None
            )
            + " (mean ± sample deviation); the table shows the first."
        )
    trained = () if at.scale.shipped else environments(_training_document(at, attention=True))
    return Section(
        rows=tuple(rows),
        command=_evaluating(at, attention=True, how=f"--top-p {TOP_P} --samples {SAMPLES}"),
        data=_said(at, measured, None),
        remarks=tuple(remarks),
        tables=(_examples(drawn, beam),),
        environments=trained,
    )


def _in_force(drawn: Evaluation) -> str:
    """The temperature that samples are drawn at, where it is not 1."""
    temperature = describe_decoder(drawn)["temperature_in_force"]
    return "" if temperature == 1 else f", at the temperature {temperature:.3f} that its confidences are calibrated by"


def _gain(drawn: Evaluation, beam: Evaluation) -> str:
    """For which of the two the right word is among three more often than it is the first."""
    gains = [(one.scores.wer_at_k.value or 0) < (one.scores.wer.value or 0) for one in (drawn, beam)]
    if all(gains):
        return "Either way the right word is among three more often than it is the first."
    if not any(gains):
        return "Neither way is the right word among three more often than it is the first."
    ways = ("three samples", "the beam's three")
    with_it, without = ways if gains[0] else ways[::-1]
    return f"The right word is among {with_it} more often than it is the first; among {without} it is not."


def _trained(at: Workplace, *, attention: bool) -> Section:
    reported = REFERENCE_RESULTS[attention]
    document = _training_document(at, attention=attention)
    measured = _measured(at, attention=attention)
    result = _evaluate(at, measured, BeamSearch(width=BEAM), "reading the test words")
    best = document["best_validation_cer"]
    short = at.scale.shipped
    rows = (
        Row(
            quantity="Best validation CER" + (", short run" if short else ""),
            reported=reported.best_validation_error,
            ours=best,
            data=f"{document['data']['validation']:,} rendered words, after epoch {document['best_epoch']}",
            summary=False,
            command=_training(at, attention=attention, document=document),
        ),
        _rate_row("Test CER", reported.cer, result.scores.cer, measured),
        _rate_row("Test WER", reported.wer, result.scores.wer, measured),
        _rate_row(f"Test WER@{BEAM}", None, result.scores.wer_at_k, measured, summary=False),
    )
    figures = [_curve(document, attention=attention, short=short)]
    if attention:
        figures.append(attention_figure(measured.recognizer, result))
        figures.append(_confusions(result))
    remarks = [] if attention else [OTHER_DATA]
    if short and not attention:
        remarks.append(
            "The test results are of the recogniser that comes with the package, which a long training made. The curve "
            f"is of a short run, {counted(document['epochs'], 'epoch')} of {at.scale.reading_words:,} words, which "
            "only shows how learning begins."
        )
    elif short:
        remarks.append(
            "As before, the test results are of the recogniser in the package, and the curve of as short a run."
        )
    return Section(
        rows=rows,
        command=_evaluating(at, attention=attention, how=f"--beam {BEAM}"),
        data=_said(at, measured, document),
        remarks=tuple(remarks),
        figures=tuple(figures),
        extra={"worst": worst_words(result, at_most=WORST)},
        training_seconds=training_seconds(document),
        environments=environments(document),
    )


def _training_document(at: Workplace, *, attention: bool) -> dict[str, Any]:
    return train_reading(at, RUNS[attention], _settings(at, attention=attention))


def _training(at: Workplace, *, attention: bool, document: Mapping[str, Any]) -> str:
    """The command that makes a training of this scale again."""
    settings, flag = _settings(at, attention=attention), "" if attention else " --no-attention"
    shipped = (settings.epochs, settings.words) == (SHIPPED.epochs, SHIPPED.words)
    size = " --recipe shipped" if shipped else f" --epochs {settings.epochs} --words {settings.words}"
    return f"dlhw ocr train{flag}{size}{to_repeat(at, document)}"


def _evaluating(at: Workplace, *, attention: bool, how: str) -> str:
    """The command that measures a recogniser of this scale again, which may have to be trained first."""
    checkpoint, before = ATTENTION if attention else NO_ATTENTION, ""
    if not at.scale.shipped:
        document = _training_document(at, attention=attention)
        checkpoint = f"{checkpoint}-run"
        before = f"{_training(at, attention=attention, document=document)} --out {checkpoint} && "
    return f"{before}dlhw ocr eval --checkpoint {checkpoint} {how} --seed {at.seed}"


def _settings(at: Workplace, *, attention: bool) -> Settings:
    scale = at.scale
    return Settings(attention=attention, epochs=scale.reading_epochs, words=scale.reading_words, seed=at.seed)


def _measured(at: Workplace, *, attention: bool) -> _Measured:
    """The recogniser that is measured: the package's, or the one that is trained here."""
    if at.scale.shipped:
        checkpoint = pretrained(ATTENTION if attention else NO_ATTENTION)
    else:
        document = _training_document(at, attention=attention)
        checkpoint = chosen_checkpoint(Path(document["run"]))
    device = at.compute.device
    recognizer = load_recognizer(checkpoint, device=device, precision=choose_precision("auto", device))
    words = load_evaluation_dataset(checkpoint, processes=at.compute.threads, preparing=at.tell)
    return _Measured(recognizer, words)


def _evaluate(
    at: Workplace, measured: _Measured, decoder: BeamSearch | NucleusSampling, doing: str, *, seeds: int = 1
) -> Evaluation:
    return evaluate(
        measured.recognizer, measured.words.words, decoder, seed=at.seed, seeds=seeds, track=at.track(doing)
    )


def _rate_row(
    quantity: str,
    reported: float | None,
    rate: Estimate,
    measured: _Measured,
    *,
    summary: bool = True,
    command: str | None = None,
) -> Row:
    return Row(
        quantity=quantity,
        reported=reported,
        ours=rate.value,
        low=rate.low,
        high=rate.high,
        data=f"{len(measured.words.words):,} rendered test words",
        summary=summary,
        command=command,
    )


def _said(at: Workplace, measured: _Measured, document: Mapping[str, Any] | None) -> str:
    words = measured.words
    fonts = "" if words.fonts is None else f" in {words.fonts['test']} faces"
    said = (
        f"Measured on {len(words.words):,} {words.source}{fonts}, which were not learnt from: {words.distinct_texts:,} "
        "distinct texts, since frequent ones come several times. "
    )
    if document is None:
        return said + f"Seed {at.seed}."
    data = document["data"]
    learnt = "" if data["fonts"] is None else f" in {data['fonts']['train']} faces"
    return said + (
        f"The curve: {counted(document['epochs'], 'epoch')} of {data['train']:,} words{learnt}, new ones in each, seed "
        f"{document['seed']}, one training."
    )


def _curve(document: Mapping[str, Any], *, attention: bool, short: bool) -> Figure:
    number = 10 if attention else 9
    settings = Settings(attention=attention, seed=document["seed"])
    rows = TrialFolder(Path(document["run"]) / settings.trial_name).metrics()
    kind = " with attention" if attention else ""
    brief = f"; a short run of {counted(len(rows), 'epoch')}" if short else ""
    return Figure(
        name=f"Figure {number}",
        caption=f"Validation CER as a function of the epoch number{kind}{brief}.",
        svg=as_svg(
            plot_curves({"": rows}, "validation_cer", best=min, size=(7.2, 2.9)),
            name=f"figure-{number}",
            alternative=f"Validation character error rate{kind} over {counted(len(rows), 'epoch')}.",
        ),
        wide=True,
    )


def _confusions(result: Evaluation) -> Figure:
    edits = result.scores.edits
    return Figure(
        name="Figure F",
        caption=f"The {CONFUSIONS} most frequent confusions of letters: what is written, what was read, and of how "
        f"many. In all {edits.substitutions:,} were taken for others, {edits.deletions:,} left out and "
        f"{edits.insertions:,} added.",
        svg=as_svg(
            plot_confusions(edits, at_most=CONFUSIONS),
            name="confusions",
            alternative="Bars of the most frequent confusions between letters.",
        ),
        wide=True,
    )


def _examples(drawn: Evaluation, beam: Evaluation) -> Table:
    """Words on whose first proposal the two do not agree, or whose right reading is a later one."""
    rows: list[tuple[str, ...]] = []
    for reference, samples, found in zip(drawn.references, drawn.readings, beam.readings, strict=True):
        texts, searched = [one.text for one in samples], [one.text for one in found]
        if reference in {*texts, *searched} and not (texts[:1] == searched[:1] == [reference]):
            rows.append((reference, ", ".join(texts), ", ".join(searched)))
        if len(rows) == WORST:
            break
    return Table(
        caption="Words whose right reading is among the proposals, and was not the first of both: distinct samples, "
        "and the beam, the likeliest first.",
        columns=("written", "sampled", "searched"),
        rows=tuple(rows),
    )
