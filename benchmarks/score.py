"""Race dlhw's scores against jiwer, torchmetrics and kaldialign on the same rows: equal figures, at what speed?

    uv run --group benchmarks python benchmarks/score.py
    uv run --group benchmarks python benchmarks/score.py --memory

Every tool is handed the same lists and asked for the word error rate of sentences and the character error rate, with
counts of substitutions, insertions and deletions where it has them. dlhw's is ``score_words``, which tells intervals,
confusions, errors by length and the worst rows besides. The second race is for intervals: kaldialign's
``bootstrap_wer_ci`` has them for the word error rate, of one system and of two. The rounds alternate; what counts is
the ratio within each round. torchmetrics, whose edit distance is written in Python, gets fewer rows.

``--memory`` writes tables of a million and of ten million rows and measures time and peak memory of ``dlhw score``.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from dlhw.ocr.scoring.systems import WordReport, score_words

LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
RESAMPLES = 10_000


def sentences(rows: int, words: tuple[int, int]) -> list[str]:
    """Texts of some words."""
    generator = random.Random(1)
    vocabulary = ["".join(generator.choices(LETTERS, k=generator.randint(1, 11))) for _ in range(5000)]
    return [" ".join(generator.choices(vocabulary, k=generator.randint(*words))) for _ in range(rows)]


def read(references: list[str], *, wrong: float, seed: int) -> list[str]:
    """What a reader made of texts that misreads a share of the words."""
    generator = random.Random(seed)
    return [
        " ".join(_misread(word, generator) if generator.random() < wrong else word for word in reference.split())
        for reference in references
    ]


def _misread(word: str, generator: random.Random) -> str:
    place = generator.randrange(len(word))
    kind = generator.randrange(3)
    middle = (generator.choice(LETTERS), word[place] + generator.choice(LETTERS), "")[kind]
    return word[:place] + middle + word[place + 1 :] or generator.choice(LETTERS)


def dlhw_rates(references: list[str], texts: list[str]) -> tuple[float, float]:
    """Everything that ``dlhw score`` tells of one system, of which the two rates are returned."""
    (system,) = score_words(references, {"a": texts}).systems
    assert system.sentence_wer.value is not None
    assert system.cer.value is not None
    return system.sentence_wer.value, system.cer.value


def jiwer_rates(references: list[str], texts: list[str]) -> tuple[float, float]:
    """jiwer's rates and counts."""
    import jiwer

    return jiwer.process_words(references, texts).wer, jiwer.process_characters(references, texts).cer


def kaldialign_rates(references: list[str], texts: list[str]) -> tuple[float, float]:
    """kaldialign's counts of each row, summed."""
    import kaldialign

    rates = []
    for split in (str.split, list):
        edits = length = 0
        for reference, text in zip(references, texts, strict=True):
            found = kaldialign.edit_distance(split(reference), split(text))
            edits += int(found["total"])
            length += int(found["ref_len"])
        rates.append(edits / length)
    return rates[0], rates[1]


def torchmetrics_rates(references: list[str], texts: list[str]) -> tuple[float, float]:
    """torchmetrics' rates."""
    from torchmetrics.functional.text import char_error_rate, word_error_rate

    return float(word_error_rate(texts, references)), float(char_error_rate(texts, references))


def race(ways: dict[str, Callable[[], object]], *, rounds: int) -> dict[str, list[float]]:
    """Processor seconds of each way in each round; the first round warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            started = time.process_time()  # all of them use one thread, and the machine may be busy
            way()
            if number:
                seconds[name].append(time.process_time() - started)
    return seconds


def show(title: str, rows: dict[str, int], seconds: dict[str, list[float]]) -> None:
    """Print rows a second, and how much faster the first way is, by round."""
    first, *_ = seconds
    print(title)
    for name, values in seconds.items():
        rate = [rows[name] / value for value in values]
        ratios = sorted(
            (rows[first] / ours) / (rows[name] / theirs) for ours, theirs in zip(seconds[first], values, strict=True)
        )
        spread = f"{first} is {statistics.median(ratios):6.2f} × [{ratios[0]:.2f}, {ratios[-1]:.2f}] as fast"
        print(f"  {name:22} {statistics.median(rate):10,.0f} rows/s   {'' if name == first else spread}")


def race_rates(kind: str, words: tuple[int, int], *, rows: int, rounds: int) -> None:
    """The first race, on rows of one kind."""
    references = sentences(rows, words)
    texts = read(references, wrong=0.1, seed=2)
    few = slice(0, rows // 50)
    sizes = {"dlhw": rows, "jiwer": rows, "kaldialign": rows, "torchmetrics": rows // 50}
    tools = {
        "dlhw": dlhw_rates,
        "jiwer": jiwer_rates,
        "kaldialign": kaldialign_rates,
        "torchmetrics": torchmetrics_rates,
    }
    expected, expected_few = dlhw_rates(references, texts), dlhw_rates(references[few], texts[few])
    for name, tool in tools.items():
        found = tool(references, texts) if sizes[name] == rows else tool(references[few], texts[few])
        wanted = expected if sizes[name] == rows else expected_few
        assert all(abs(a - b) < 1e-6 for a, b in zip(found, wanted, strict=True)), (name, found, wanted)
    ways: dict[str, Callable[[], object]] = {
        name: (lambda tool=tool, part=slice(0, sizes[name]): tool(references[part], texts[part]))  # type: ignore[misc]
        for name, tool in tools.items()
    }
    show(f"{rows:,} {kind}: rates, {rounds} rounds; equal figures", sizes, race(ways, rounds=rounds))


def race_intervals(*, rows: int, rounds: int) -> None:
    """The second race: the word error rates of two systems with intervals, and their difference."""
    import kaldialign

    references = sentences(rows, (5, 20))
    first, second = read(references, wrong=0.1, seed=2), read(references, wrong=0.11, seed=3)
    split = [[row.split() for row in rows_] for rows_ in (references, first, second)]

    def ours() -> WordReport:
        return score_words(references, {"a": first, "b": second}, resamples=RESAMPLES)

    def theirs() -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = kaldialign.bootstrap_wer_ci(*split, replications=RESAMPLES)
        return found

    report, found = ours(), theirs()
    for system, name in zip(report.systems, ("system1", "system2"), strict=True):
        rate = system.sentence_wer
        assert rate.value is not None
        assert rate.low is not None
        assert rate.high is not None
        half = (rate.high - rate.low) / 2
        assert abs(rate.value - found[name]["wer"]) < half / 10
        assert abs(half - found[name]["ci95"]) < half / 10, (half, found[name])
    seconds = race({"dlhw": ours, "kaldialign": theirs}, rounds=rounds)
    what = f"{rows:,} sentences, two systems: WER with intervals of {RESAMPLES:,} resamples, which agree"
    show(f"{what}; {rounds} rounds", dict.fromkeys(seconds, rows), seconds)


def table_rows(rows: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """An id, a word and what was read, one row at a time."""
    references = sentences(100_000, (1, 1))
    texts = read(references, wrong=0.1, seed=seed)
    for row in range(rows):
        yield f"images/{row:08}.png", references[row % 100_000], texts[row % 100_000]


def measure_memory(rows: int) -> None:
    """Processor time and peak memory of ``dlhw score`` on tables with ids, of one system and of two."""
    with tempfile.TemporaryDirectory() as folder:
        truth, mine, theirs = (Path(folder, f"{name}.csv") for name in ("truth", "mine", "theirs"))
        for path, column, seed in ((truth, 1, 2), (mine, 2, 2), (theirs, 2, 3)):
            with path.open("w") as file:
                file.write("image,text\n")
                file.writelines(f"{row[0]},{row[column]}\n" for row in table_rows(rows, seed))
        for files in ([mine], [mine, theirs]):
            command = [sys.executable, "-m", "dlhw", "score", truth, *files, "--json"]
            program = (
                "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
                "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
                "print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)"
            )
            done = subprocess.run(
                [sys.executable, "-c", program, *map(str, command)], check=True, capture_output=True, text=True
            )
            peak, seconds = map(float, done.stdout.split())
            systems = "1 system" if len(files) == 1 else f"{len(files)} systems"
            print(f"  {rows:12,} rows, {systems}: peak {peak:6.0f} MiB, {seconds:7.1f} processor seconds", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--memory", action="store_true", help="measure memory instead of racing")
    parser.add_argument("--memory-rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    arguments = parser.parse_args()
    names = ("jiwer", "torchmetrics", "kaldialign", "rapidfuzz", "numpy")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names))
    if arguments.memory:
        for rows in arguments.memory_rows:
            measure_memory(rows)
        return
    race_rates("sentences of 5 to 20 words", (5, 20), rows=arguments.rows, rounds=arguments.rounds)
    race_rates("single words", (1, 1), rows=5 * arguments.rows, rounds=arguments.rounds)
    for rows in (arguments.rows // 20, arguments.rows // 5, arguments.rows):
        race_intervals(rows=rows, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
