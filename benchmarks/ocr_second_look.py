"""What a second look and a prior over words bring and cost: on real words, and on rendered texts that are no words.

    uv run python benchmarks/ocr_second_look.py --data iiit5k/train iiit5k/val cute80 --names names.txt

Texts of each kind are rendered with matplotlib's fonts and a fixed seed: words as the recogniser learns them (of the
validation split), random strings, codes, numbers, words of other languages, and names from a list of one's own, one a
line. Real words are compared as a–z and 0–9, all others exactly. Shares of words read rightly in %, with Wilson's 95 %
interval of the last; how many words the prior won and lost against the second look alone; the calibration error; and
the cost: what looking again takes, in parts of the first reading, in seconds of the processor.
"""

from __future__ import annotations

import argparse
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from dlhw.learning.device import choose_precision, configure, environment
from dlhw.learning.intervals import wilson
from dlhw.ocr.checkpoints import reading_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import BEAM, confidence
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.prior.frequencies import word_frequencies
from dlhw.ocr.prior.words import WordPrior
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.mix import MIXES, Difficulty
from dlhw.ocr.rendering.rendered import render_word
from dlhw.ocr.scoring.calibration import calibrate
from dlhw.ocr.scoring.protocols import ProtocolName, normalize
from dlhw.ocr.second_look.reader import Looks, Method, Rereader
from dlhw.ocr.sources import load_words
from dlhw.ocr.words import notations
from dlhw.ocr.words.source import WordSource
from dlhw.ocr.words.vocabulary import language_vocabulary

SEED = 7
LETTERS = (string.ascii_uppercase, string.ascii_lowercase, string.ascii_letters)
NUMBERS = (notations.number, notations.price, notations.date, notations.phone, notations.percentage, notations.measure)
LANGUAGES = ("de", "fr")
WRITTEN = set(string.ascii_lowercase + "é'-")

Drawing = Callable[[np.random.Generator], str]


def _of(letters: str, low: int, high: int, rng: np.random.Generator) -> str:
    return "".join(rng.choice(list(letters), size=rng.integers(low, high)))


def random_string(rng: np.random.Generator) -> str:
    """Three to ten letters, or letters and digits."""
    letters = LETTERS[rng.integers(3)]
    return _of(letters + string.digits if rng.random() < 0.4 else letters, 3, 11, rng)


def code(rng: np.random.Generator) -> str:
    """XK-204, MH12ABC, 7QX04P, and codes as the training has them."""
    kind = rng.integers(4)
    if kind == 0:
        return notations.code(rng)
    if kind == 1:
        return f"{_of(string.ascii_uppercase, 1, 4, rng)}-{_of(string.digits, 2, 5, rng)}"
    if kind == 2:
        capitals = string.ascii_uppercase
        return _of(capitals, 2, 3, rng) + _of(string.digits, 2, 3, rng) + _of(capitals, 3, 4, rng)
    return _of(string.ascii_uppercase + string.digits, 5, 9, rng)


def foreign(language: str, rng: np.random.Generator, count: int) -> list[str]:
    """Words that are ten times as frequent in this language as in English, without letters that no text here has."""
    known, english = language_vocabulary(language), word_frequencies("en")
    own = word_frequencies(language)
    words = []
    for word in known.words:
        here, there = own.log_frequency(word), english.log_frequency(word)
        if set(word) <= WRITTEN and len(word) > 2 and here is not None and (there is None or here - there > np.log(10)):
            words.append(word)
    drawn = rng.choice(len(words), size=min(count, len(words)), replace=False)
    return [_cased(words[place], rng) for place in drawn]


def _cased(word: str, rng: np.random.Generator) -> str:
    if "é" in word:  # whose capital the recognisers of the package have not learnt
        return word
    kind = rng.random()
    return word if kind < 0.35 else word.capitalize() if kind < 0.7 else word.upper()


def rendered(texts: list[str], difficulty: Difficulty) -> Words:
    """Texts as the network sees them, each with its own generator."""
    fonts = evaluation_fonts(WordSource().characters)
    images = [
        prepare(render_word(text, fonts, np.random.default_rng([SEED, place]), difficulty))
        for place, text in enumerate(texts)
    ]
    return Words.pack(images, texts, texts)


def sets(
    data: list[Path], names: Path | None, count: int, difficulty: Difficulty
) -> Iterator[tuple[str, Words, ProtocolName]]:
    """What is read."""
    for folder in data:
        yield f"`{'/'.join(folder.resolve().parts[-2:])}`", load_words(folder).words, "alnum36"
    source = WordSource()
    drawings: dict[str, Drawing] = {
        "rendered words": lambda rng: source.draw("validation", rng),
        "random strings": random_string,
        "codes": code,
        "numbers, prices, dates": lambda rng: NUMBERS[rng.integers(len(NUMBERS))](rng),
    }
    for place, (name, draw) in enumerate(drawings.items()):
        texts = [draw(np.random.default_rng([SEED, place, index])) for index in range(count)]
        yield name, rendered(texts, difficulty), "exact"
    for language in LANGUAGES:
        words = foreign(language, np.random.default_rng(SEED), count)
        yield f"words, {language}", rendered(words, difficulty), "exact"
    if names is not None:
        rng = np.random.default_rng(SEED)
        given = [name for name in names.read_text().split() if set(name.lower()) <= WRITTEN - {"é"}]
        drawn = rng.choice(len(given), size=min(count, len(given)), replace=False)
        yield "names", rendered([_cased(given[place], rng) for place in drawn], difficulty), "exact"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="a file, a run, or a name; default: that of dlhw ocr read")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of labelled images")
    parser.add_argument("--names", type=Path, help="a list of names")
    parser.add_argument("--count", type=int, default=500, help="rendered texts of each kind")
    parser.add_argument("--difficulty", choices=tuple(MIXES), default="full")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    precision = choose_precision("auto", compute.device)
    recognizer = load_recognizer(reading_checkpoint(arguments.checkpoint), device=compute.device, precision=precision)
    prior = WordPrior(frequencies=word_frequencies("en"))
    looking = Rereader(recognizer=recognizer, method=Method(second_look=True, prior=prior))
    print(
        f"{compute.name}, {compute.threads} thread(s), {precision}, torch {environment(compute)['versions']['torch']}\n"
    )
    print("| words | n | plain | second look | prior | both | 95 % | the prior won, lost | ECE | cost |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |")
    decoder = BeamSearch(width=BEAM)
    for name, words, protocol in sets(arguments.data, arguments.names, arguments.count, arguments.difficulty):
        started = time.process_time()
        recognizer.read(words, decoder)
        first = time.process_time()
        looks = looking.look(words, decoder)
        cost = (time.process_time() - first) / (first - started) - 1
        print(f"| {name} | {len(words):,} | {row(looking, prior, looks, words, protocol)} | {cost:.2f} |", flush=True)


def row(reader: Rereader, prior: WordPrior, looks: list[Looks], words: Words, protocol: ProtocolName) -> str:
    """Shares read rightly by each method, and what the prior changed."""
    right, sure = [], []
    for second_look, weighed in ((False, None), (True, None), (False, prior), (True, prior)):
        method = Method(second_look=second_look, prior=weighed)
        chosen = [reader.choose(one, method) for one in looks]
        texts = [normalize(found[0].text, protocol) for found in chosen]
        right.append([text == normalize(true, protocol) for text, true in zip(texts, words.texts, strict=True)])
        sure.append([confidence(found) for found in chosen])
    shares = " | ".join(f"{100 * np.mean(one):.1f}" for one in right)
    interval = wilson(sum(right[3]), len(words))
    won = sum(now and not before for now, before in zip(right[3], right[1], strict=True))
    lost = sum(before and not now for now, before in zip(right[3], right[1], strict=True))
    ece = calibrate(sure[3], right[3]).error
    low, high = ("" if end is None else f"{100 * end:.1f}" for end in (interval.low, interval.high))
    return f"{shares} | {low}–{high} | {won}, {lost} | {ece:.3f}"


if __name__ == "__main__":
    main()
