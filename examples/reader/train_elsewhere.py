"""Train the recogniser `reader` on another machine, one with a GPU say, and bring its weights back.

    python examples/reader/train_elsewhere.py pack FOLDER faces.tar                    here, once
    python examples/reader/train_elsewhere.py train faces.tar OUT --minutes 540        there, as often as there is time
    python examples/reader/train_elsewhere.py train faces.tar OUT --minutes 540 --from OUT/run    there, going on

FOLDER is what ``gather_faces.py`` filled. ``pack`` keeps of each face the letters that English words need, so that two
thousand faces travel in some 35 MB, and writes their new hashes into ``chosen.tsv``. ``train`` needs dlhw with its
dependencies and the tar file alone: it trains by the recipe ``reader-gpu`` until the minutes are over, and leaves in
OUT the run that can be continued (``run``), and the weights of its best epoch (``reader-trained.safetensors``). A run
that starts from such weights needs a seed of its own: words are drawn from the seed and their number alone.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont

from dlhw.ocr.rendering.font_files import font_files
from dlhw.ocr.rendering.typography import PRINTED
from dlhw.ocr.words.source import WordSource


def pack(folder: Path, archive: Path) -> None:
    """Write the faces to learn from, each with the letters that are rendered alone, and the list of chosen ones."""
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # it says much of old fonts that nothing depends on
    faces = folder / "faces"
    text = WordSource.checked().characters + "".join(PRINTED)
    chosen = {line.split("\t")[-1] for line in (faces / "chosen.tsv").read_text().splitlines()[1:]}
    kept = ["file\tsha256"]
    with tempfile.TemporaryDirectory() as place:
        for path in font_files([faces]):
            target = Path(place) / path.relative_to(faces)
            target.parent.mkdir(parents=True, exist_ok=True)
            shrink(path, target, text)
            if hashlib.sha256(path.read_bytes()).hexdigest() in chosen:
                kept.append(f"{path.relative_to(faces)}\t{hashlib.sha256(target.read_bytes()).hexdigest()}")
        (Path(place) / "chosen.tsv").write_text("\n".join(kept) + "\n")
        with tarfile.open(archive, "w") as tar:
            tar.add(place, "faces")
    print(f"{archive}: {archive.stat().st_size / 2**20:.1f} MiB")


def shrink(path: Path, target: Path, text: str) -> None:
    """Write a face with these letters alone; as it is where it is a collection or cannot be taken apart."""
    tools: Any = subset  # untyped
    try:
        font = TTFont(path, recalcTimestamp=False)
        options = tools.Options(hinting=False, notdef_outline=True, name_IDs=[1, 2, 4, 16])
        options.drop_tables += ["SVG ", "GSUB", "GPOS", "GDEF"]  # letters are set one by one, by the table of kerning
        subsetter = tools.Subsetter(options)
        subsetter.populate(text=text)
        subsetter.subset(font)
        font.save(target)
    except Exception as error:  # whatever fontTools finds wrong, FreeType may still draw it
        print(f"{path.name} travels whole: {error}", file=sys.stderr)
        shutil.copyfile(path, target)


def train(archive: Path, out: Path, minutes: float, start: str, seed: int) -> None:
    """Train, and keep the weights of the best epoch by the validation words."""
    ends = time.monotonic() + 60 * minutes
    out.mkdir(parents=True, exist_ok=True)
    faces = out / "faces"
    if not faces.exists():
        with tarfile.open(archive) as tar:
            tar.extractall(out, filter="data")
    run = out / "run"
    threads = str(os.cpu_count() or 1)
    command = [sys.executable, "-m", "dlhw", "ocr", "train", "--out", str(run), "--threads", threads]
    going_on = Path(start).resolve() == run.resolve()
    new = ["--recipe", "reader-gpu", "--epochs", "100000", "--from", start, "--seed", str(seed)]
    until(ends, [*command, *(["--resume"] if going_on else new), "--fonts", str(faces)])
    best = next(run.glob("*/best.safetensors"), None)
    if best is None:
        sys.exit(f"no epoch was finished in {minutes:g} minutes; continue with --from {run}")
    shutil.copyfile(best, out / "reader-trained.safetensors")
    print(out / "reader-trained.safetensors")


def until(moment: float, command: list[str]) -> None:
    """Run a command, and stop it as Ctrl-C does at a moment of the monotonic clock: it then saves its state."""
    with subprocess.Popen(command) as process:
        try:
            process.wait(max(moment - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    packing.add_argument("folder", type=Path)
    packing.add_argument("archive", type=Path)
    training = commands.add_parser("train")
    training.add_argument("archive", type=Path)
    training.add_argument("out", type=Path)
    training.add_argument("--minutes", type=float, default=540)
    training.add_argument("--from", dest="start", default="attention", help="a checkpoint, or OUT/run to continue it")
    training.add_argument("--seed", type=int, default=42, help="of a new run")
    arguments = parser.parse_args()
    if arguments.command == "pack":
        pack(arguments.folder, arguments.archive)
    else:
        train(arguments.archive, arguments.out, arguments.minutes, arguments.start, arguments.seed)


if __name__ == "__main__":
    main()
