"""Whether two versions of dlhw do the same: small trainings by each, from fixed seeds, compared but for times.

    uv run python benchmarks/same_documents.py ../other-checkout          # all cases; minutes
    uv run python benchmarks/same_documents.py ../other-checkout study    # those whose name holds this word

Every command of training is run by this checkout and by the other one, in a folder each, and so is one that the other
one was stopped in and that each then resumes. Compared are the JSON documents, what lies in the run directories, the
configurations, and all weights bit by bit. Exits with 1 where something differs; keys that only this one has are no
difference: documents may gain some.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

from dlhw.cnn.landscapes import draw_landscapes

OURS = Path(__file__).parents[1]
TIMES = {
    *("seconds", "images_per_second", "milliseconds", "low_milliseconds", "date", "command_line", "step", "version"),
    *("section", "environment", "threads_each"),
}
"""Keys whose values are times, or hold some."""

CASES = {
    "sweep": "cnn train --data ../tiny.npz --gap --lr 0.01 --lr 1e30 --epochs 2 --threads 1",
    "seeds": "cnn train --data ../tiny.npz --gap --seeds 2 --epochs 1 --threads 2",
    "strong": "cnn train --data ../tiny.npz --gap --recipe strong --batch-size 8 --epochs 2 --threads 1",
    "study": "cnn study --data ../tiny.npz --epochs 1 --threads 2",
    "words": "ocr train --data ../words --epochs 2 --threads 1",
    "patience": "ocr train --no-attention --data ../words --epochs 3 --patience 1 --threads 1",
    "rendered": "ocr train --epochs 1 --words 64 --threads 1",
    "reproduce": "reproduce --data ../tiny.npz --only 1.1 --only 1.3 --only 2.1 --only 2.2 --only 2.4 --threads 1",
    "reader": "reproduce --only 3a --threads 1",
}
STOPPED = {
    "resumed-sweep": "cnn train --data ../tiny.npz --gap --lr 0.01 --lr 0.02 --epochs 3 --threads 1",
    "resumed-study": "cnn study --data ../tiny.npz --epochs 2 --threads 2",
    "resumed-words": "ocr train --data ../words --epochs 3 --threads 1",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="another checkout")
    parser.add_argument("word", nargs="?", default="", help="a part of the names of the cases to run")
    arguments = parser.parse_args()
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write_data(place)
        for name, command in {**CASES, **STOPPED}.items():
            if arguments.word not in name:
                continue
            documents = {}
            for which, checkout in (("ours", OURS), ("theirs", arguments.other.resolve())):
                at = place / "here"  # the same for both: documents name places
                at.mkdir()
                words = command.split()
                if name in STOPPED:
                    kept = place / "stopped"
                    if not kept.exists():
                        kept.mkdir()
                        _stop(arguments.other.resolve(), words, kept)
                    shutil.copytree(kept, at, dirs_exist_ok=True)
                    words = [*words[: words.index("--data")], "--resume", "--out", "run"]
                elif words[0] != "reproduce":
                    words += ["--out", "run"]
                documents[which] = _run(checkout, words, at)
                shutil.rmtree(place / which, ignore_errors=True)
                at.rename(place / which)
            shutil.rmtree(place / "stopped", ignore_errors=True)
            found = [
                *_compare(documents["ours"], documents["theirs"], ""),
                *_compare_folders(place / "ours", place / "theirs"),
            ]
            print(f"{name:16} {'the same' if not found else 'DIFFERS'}", *found, sep="\n    ", flush=True)
            differences += len(found)
    return 1 if differences else 0


def _write_data(place: Path) -> None:
    content: dict[str, Any] = {}
    for prefix, split, count in (("train", "train", 30), ("val", "validation", 12), ("test", "test", 12)):
        content[f"{prefix}_images"], content[f"{prefix}_labels"] = draw_landscapes(count, seed=1, split=split)
    np.savez(place / "tiny.npz", **content)
    (place / "words").mkdir()
    generator, rows = np.random.default_rng(1), []
    for number in range(60):
        Image.fromarray(generator.integers(0, 255, (32, 50), dtype=np.uint8)).save(place / f"words/{number}.png")
        rows.append(f"{number}.png\t{'abcde'[number % 5]}{number}")
    (place / "words" / "labels.tsv").write_text("\n".join(rows) + "\n")


def _environment(checkout: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"}


def _run(checkout: Path, words: list[str], at: Path) -> dict[str, Any]:
    line = [sys.executable, "-m", "dlhw", *words, "--json", "--progress", "none"]
    ended = subprocess.run(line, cwd=at, env=_environment(checkout), capture_output=True, text=True, check=False)
    if not ended.stdout:
        raise SystemExit(f"{checkout}: dlhw {' '.join(words)}\n{ended.stderr}")
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


def _stop(checkout: Path, words: list[str], at: Path) -> None:
    """Start a training, and end it after its first epoch."""
    line = [sys.executable, "-m", "dlhw", *words, "--out", "run", "--progress", "plain"]
    with subprocess.Popen(line, cwd=at, env=_environment(checkout), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for text in process.stderr:
            if re.search(r"epoch +1/", text):
                process.send_signal(signal.SIGTERM)
    if process.returncode != 143:
        raise SystemExit(f"dlhw {' '.join(words)} ended with {process.returncode}, and not by the signal")


def _compare(ours: object, theirs: object, where: str) -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = [name for name in theirs if name not in TIMES]
        return [found for name in names for found in _compare(ours.get(name), theirs.get(name), f"{where}.{name}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            found for i, pair in enumerate(zip(ours, theirs, strict=True)) for found in _compare(*pair, f"{where}[{i}]")
        ]
    return [] if ours == theirs else [f"{where}: {str(ours)[:80]} and not {str(theirs)[:80]}"]


def _compare_folders(ours: Path, theirs: Path) -> list[str]:
    names = [sorted(str(path.relative_to(side)) for path in side.rglob("*")) for side in (ours, theirs)]
    found = [f"file {name}" for name in set(names[0]) ^ set(names[1])]
    for name in set(names[0]) & set(names[1]):
        if name.endswith(".safetensors"):
            one, other = (load_file(side / name) for side in (ours, theirs))
            if one.keys() != other.keys() or any(one[key].tobytes() != other[key].tobytes() for key in one):
                found.append(f"weights {name}")
        elif name.endswith(".json"):
            one, other = (json.loads((side / name).read_text()) for side in (ours, theirs))
            found += _compare(one, other, name)
    return found


if __name__ == "__main__":
    sys.exit(main())
