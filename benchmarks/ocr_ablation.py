"""What each part of the recipe brings: the same short training with one thing changed at a time.

    uv run python benchmarks/ocr_ablation.py --data iiit5k/train --out runs/ablation --threads 1

Every variant is a run of its own under ``--out``. Started again, the script goes on where it was ended, and a variant
that is done costs nothing. The table is written in Markdown on standard output, with 95 % intervals: Wilson's for the
word error rate, and of a paired bootstrap over words for the difference to the whole recipe.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlhw.console.schedule import Schedule
from dlhw.console.training_display import TrainingDisplay
from dlhw.console.views import watch
from dlhw.learning.device import Compute, choose_precision, configure, environment
from dlhw.learning.files import read_json, write_json
from dlhw.learning.intervals import wilson
from dlhw.learning.resuming import precision_as_before
from dlhw.learning.run import CONFIG, resume_run, start_run
from dlhw.learning.side_by_side import train_trials
from dlhw.learning.trial_folder import BEST
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.epochs import FreshWords
from dlhw.ocr.evaluation import BEAM
from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.rendered import RenderedWords, rendered_words
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.scoring.protocols import ProtocolName
from dlhw.ocr.scoring.scores import WordErrors, measure, wer_difference
from dlhw.ocr.settings import Settings
from dlhw.ocr.sources import load_words
from dlhw.ocr.training_dataset import Request, prepare_training_dataset
from dlhw.ocr.trial import WordTrial
from dlhw.ocr.words.source import Split, WordSource

COMMAND = "ocr-ablation"
MEASURED = "measured.json"
WHOLE = "whole"


class LettersAlone(WordSource):
    """The same source without its numbers, prices, dates, codes and punctuation."""

    def draw(self, split: Split, rng: np.random.Generator) -> str:
        """A word of letters."""
        while not (text := super().draw(split, rng)).isalpha():
            pass
        return text


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One thing changed."""

    changed: str
    """What, for a person."""

    words: Callable[[RenderedWords], RenderedWords] = lambda words: words
    settings: Callable[[Settings], Settings] = lambda settings: settings


VARIANTS = {
    WHOLE: Variant(changed="the recipe as it is"),
    "plain": Variant(
        changed="black print on white in place of the world", words=lambda words: replace(words, difficulty="plain")
    ),
    "fonts": Variant(
        changed="matplotlib's fonts alone",
        words=lambda words: replace(words, fonts=evaluation_fonts(words.source.characters)),
    ),
    "batch64": Variant(
        changed="batches of 64 in place of 32", settings=lambda settings: replace(settings, batch_size=64)
    ),
    "letters": Variant(
        changed="letters alone: no number, price, code or punctuation",
        words=lambda words: replace(words, source=LettersAlone()),
    ),
}


def run_variant(name: str, settings: Settings, compute: Compute, out: Path) -> Path:
    """Train a variant, or what is left of it; returns its weights."""
    variant, directory = VARIANTS[name], out / name
    settings = variant.settings(settings)
    request = Request()
    with Renderer(compute.threads) as renderer:
        started = (directory / CONFIG).exists()
        run = resume_run(COMMAND, out=directory) if started else start_run(COMMAND, out=directory)
        with run:
            lesson = prepare_training_dataset(request, settings, renderer)
            words = variant.words(rendered_words(request.word_source(), "train", seed=settings.seed))
            lesson = replace(lesson, train=FreshWords(words, settings.words, renderer))
            config = {**settings.as_config(), "fonts": words.fonts.fonts_hash, "faces": len(words.fonts.faces)}
            if started and any(run.config[key] != value for key, value in config.items()):
                sys.exit(f"{directory} was started with other settings or fonts: take another --out")
            run.write_config(config)
            precision = precision_as_before(run, settings.precision, compute)
            run.write_environment(environment(compute) | {"precision": precision})
            trial = WordTrial(settings=replace(settings, precision=precision), data=lesson, start=None)
            schedule = Schedule(trials=1, epochs=settings.epochs)
            with watch("plain", TrainingDisplay(f"{name}: {variant.changed}", schedule)) as observer:
                train_trials([trial], run, compute, observer=observer)
    return directory / settings.trial_name / BEST


def read_texts(weights: Path, sets: dict[str, Words], compute: Compute) -> dict[str, list[str]]:
    """The first candidates of a variant's best epoch on every set; read once and then kept beside it."""
    kept = weights.parent / MEASURED
    if not kept.exists():
        recognizer = load_recognizer(weights, device=compute.device, precision=choose_precision("auto", compute.device))
        read = {name: recognizer.read(words, BeamSearch(width=BEAM)) for name, words in sets.items()}
        write_json(kept, {name: [found[0].text for found in readings] for name, readings in read.items()})
    return dict(read_json(kept, dict[str, list[str]]))


def row(changed: str, errors: dict[str, WordErrors], whole: dict[str, WordErrors]) -> str:
    """A line of the table: for each set the word error rate, and its difference to the whole recipe's."""
    cells = [changed]
    for name, found in errors.items():
        rate = wilson(int(found.wrong_at(1).sum()), len(found))
        cells.append(f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]")
        apart = wer_difference(found, whole[name])
        cells.append("" if found is whole[name] else f"{apart.value:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Train what is not trained yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="real words, compared as a–z and 0–9")
    parser.add_argument("--out", type=Path, default=Path("runs/ocr-ablation"), help="where the runs are kept")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--words", type=int, default=12_000, help="an epoch")
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    settings = Settings(epochs=arguments.epochs, words=arguments.words)
    names = [WHOLE, *(name for name in arguments.variants if name != WHOLE)]
    weights = {name: run_variant(name, settings, compute, arguments.out) for name in names}
    sets = {"rendered": load_evaluation_dataset(weights[WHOLE]).words}
    protocols: dict[str, ProtocolName] = {"rendered": "exact", "real": "alnum36"}
    if arguments.data is not None:
        sets["real"] = load_words(arguments.data).words
    errors = {}
    for name in names:
        texts = read_texts(weights[name], sets, compute)
        errors[name] = {
            kind: measure(words.texts, [[text] for text in texts[kind]], protocol=protocols[kind])
            for kind, words in sets.items()
        }
    print(
        f"{compute.name}, {compute.threads} threads; {arguments.epochs} epochs of {arguments.words:,} words, once each"
    )
    print("| changed | " + " | ".join(f"{kind}: WER | to the whole recipe" for kind in sets) + " |")
    print("| --- " + "| ---: | ---: " * len(sets) + "|")
    for name in names:
        print(row(VARIANTS[name].changed, errors[name], errors[WHOLE]))


if __name__ == "__main__":
    main()
