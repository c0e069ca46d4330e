"""How many words a second one process renders, down to what the network sees.

    uv run python benchmarks/ocr_render.py

Each round renders other words, after a warm-up in which fonts are opened and letters kept. A busy machine only
ever makes a round slower, so the best of them says what the code can do, and the median what it did here. The
third figure is of the processor's own seconds, which leaves out the time that others had it.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path

import numpy as np
import PIL

from dlhw.ocr.rendering.mix import MIXES
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.words.source import WordSource


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="rounds (default 10)")
    parser.add_argument("--words", type=int, default=500, help="words a round (default 500)")
    parser.add_argument("--fonts", type=Path, help="a folder of further faces")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {platform.system()}, Pillow {PIL.__version__}, numpy {np.__version__}, one process")
    print(f"n = {arguments.rounds} rounds of {arguments.words} words")
    for difficulty in MIXES:
        words = rendered_words(
            WordSource.checked(), "train", seed=1, fonts_folder=arguments.fonts, difficulty=difficulty
        )
        words.pack(0, 2 * arguments.words)  # warm-up
        rates, busy_rates = [], []
        for number in range(arguments.rounds):
            started, busy_since = time.perf_counter(), time.process_time()
            words.pack((2 + number) * arguments.words, arguments.words)
            busy_rates.append(arguments.words / (time.process_time() - busy_since))
            rates.append(arguments.words / (time.perf_counter() - started))
        best, median, busy = max(rates), statistics.median(rates), statistics.median(busy_rates)
        print(
            f"{difficulty:6} words/s: best {best:6,.0f}, median {median:6,.0f}, "
            f"median of processor time {busy:6,.0f}; {len(words.fonts.faces)} faces"
        )


if __name__ == "__main__":
    main()
