"""The figures of the model card, docs/recogniser.md: one recogniser on rendered, printed and real words.

    uv run python benchmarks/ocr_card.py --unseen fonts --data iiit5k/train iiit5k/val --mistakes iiit5k/train

``--unseen`` is a folder of fonts that the training had not, for the test words in plain print; ``--data`` are folders
of labelled images, compared as a–z and 0–9. Tables come in Markdown, with 95 % intervals: bootstrap over words for
the character error rate, Wilson's for the word error rates.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from dlhw.learning.device import choose_precision, configure, environment
from dlhw.learning.intervals import Estimate
from dlhw.ocr.checkpoints import reading_checkpoint
from dlhw.ocr.data import DATA_SEED, Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import BEAM, Evaluation, evaluate
from dlhw.ocr.evaluation_dataset import asked_words
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.scoring.protocols import ProtocolName
from dlhw.ocr.sources import load_words
from dlhw.ocr.training_dataset import RENDERED_SIZES, render_split
from dlhw.ocr.words.notations import NOTATIONS
from dlhw.ocr.words.source import WordSource

LOOK_ALIKE = ("o0", "il1", "s5", "z2", "b8", "g9", "q9", "g6", "b6", "uv", "vy", "nh", "ce", "co", "oe", "rt", "tf")
"""Letters of some fonts that only the word around them tells apart."""


def sets(
    source: WordSource, unseen: Path | None, data: list[Path], renderer: Renderer
) -> Iterator[tuple[str, Words, ProtocolName]]:
    """What the recogniser is measured on."""
    measured = render_split(source, "test", renderer)
    yield f"rendered test words, in all conditions, {len(set(measured.texts)):,} distinct texts", measured, "exact"
    yield "of them numbers, prices, dates, codes, random letters", measured.select(notation_places(source)), "exact"
    yield "the same in plain print", render_split(source, "test", renderer, difficulty="plain"), "exact"
    if unseen is not None:
        words = rendered_words(source, "test", seed=DATA_SEED, fonts_folder=unseen, difficulty="plain")
        count = RENDERED_SIZES["test"]
        name = f"plain print in {len(words.fonts.faces)} faces it never saw"
        yield name, renderer.render(words, 0, count), "exact"
    for folder in data:
        yield f"`{'/'.join(folder.resolve().parts[-2:])}`", load_words(folder).words, "alnum36"


def notation_places(source: WordSource) -> list[int]:
    """Which rendered test words are of a kind in :data:`NOTATIONS`: the first number that a word draws decides."""
    words, share = rendered_words(source, "test", seed=DATA_SEED), sum(share for _, share in NOTATIONS)
    return [index for index in range(RENDERED_SIZES["test"]) if words._generator(index).random() < share]


def cell(estimate: Estimate) -> str:
    """A rate with its interval."""
    if estimate.value is None:
        return ""
    return f"{estimate.value:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"


def kind_of_mistake(reference: str, text: str) -> str:
    """What went wrong in a word, in rough kinds, each word in the first that fits."""
    distance = Levenshtein.distance(reference, text)
    if distance >= max(2, len(reference) / 2):
        return "half of the letters or more are wrong"
    edits = Levenshtein.editops(reference, text)
    if distance > 1:
        return "several letters, less than half"
    (edit,) = edits
    where = "at an end" if edit.src_pos in (0, len(reference) - 1, len(reference)) else "inside"
    if edit.tag == "insert":
        return f"one letter too many, {where}"
    if edit.tag == "delete":
        return f"one letter missing, {where}"
    pair = {reference[edit.src_pos], text[edit.dest_pos]}
    if any(pair <= set(alike) for alike in LOOK_ALIKE):
        return "one letter taken for one that looks alike"
    return "one letter taken for another"


def mistakes(evaluation: Evaluation) -> Iterator[str]:
    """A table of the kinds of mistakes, the most frequent first."""
    errors = evaluation.errors
    wrong = [index for index, missed in enumerate(errors.wrong_at(1)) if missed]
    kinds = Counter(kind_of_mistake(errors.references[index], errors.texts[index]) for index in wrong)
    yield f"| {len(wrong)} of {len(errors)} words wrong | words |"
    yield "| --- | ---: |"
    for kind, count in kinds.most_common():
        yield f"| {kind} | {count} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="a file, a run, or a name; default: that of dlhw ocr read")
    parser.add_argument("--unseen", type=Path, help="a folder of fonts")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of labelled images")
    parser.add_argument("--mistakes", type=Path, help="one of --data, whose mistakes are sorted")
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    path = reading_checkpoint(arguments.checkpoint)
    precision = choose_precision("auto", compute.device)
    recognizer = load_recognizer(path, device=compute.device, precision=precision)
    versions = environment(compute)["versions"]
    print(f"{compute.name}, {compute.threads} thread(s), {precision}, torch {versions['torch']}")
    print(f"temperature {recognizer.temperature:.3f}\n")
    print("| words | n | CER | WER | WER@3 | ECE |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    sorted_out: list[str] = []
    with Renderer(compute.threads) as renderer:
        for name, words, protocol in sets(asked_words(path).word_source(), arguments.unseen, arguments.data, renderer):
            evaluation = evaluate(recognizer, words, BeamSearch(width=BEAM), protocol=protocol)
            scores = evaluation.scores
            ece = scores.calibration.error if scores.calibration else None
            rates = " | ".join(cell(rate) for rate in (scores.cer, scores.wer, scores.wer_at_k))
            print(f"| {name} | {scores.words:,} | {rates} | {'' if ece is None else f'{ece:.4f}'} |", flush=True)
            if arguments.mistakes and name.strip("`") == "/".join(arguments.mistakes.resolve().parts[-2:]):
                sorted_out = list(mistakes(evaluation))
    if sorted_out:
        print("\n" + "\n".join(sorted_out))


if __name__ == "__main__":
    main()
