"""What the documents tell people to type, and a folder in which it can be typed."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
import typer
from PIL import Image

from dlhw.cli.app import app
from dlhw.cnn.landscapes import draw_landscapes
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.words.source import WordSource
from tests.conftest import arrays, parser
from tests.hopfield.checking.handins import ATTENTION, NUMPY

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


NETWORK = """
from torch import nn

class Network(nn.Sequential):
    def __init__(self, classes=6):
        super().__init__(nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * 48 * 48, classes))
"""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A ``dlhw …`` command as a document has it."""

    document: str
    line: str
    arguments: tuple[str, ...]
    """Those of dlhw."""

    reads: str = ""
    """The file on standard input."""

    before: str = ""
    """The command of the shell whose output is read on standard input."""

    @property
    def name(self) -> str:
        """``cnn train`` or ``energy``."""
        first, *rest = self.arguments or ("",)
        return f"{first} {rest[0]}" if first in {"cnn", "ocr"} and rest else first

    def __str__(self) -> str:
        return f"{self.document}: {shlex.join(('dlhw', *self.arguments))}"


def typed_in(path: Path) -> list[Typed]:
    """The ``dlhw …`` commands in a document's code blocks, and those with options in its sentences."""
    content = path.read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", content, re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    lines += [span for span in _spans(content) if " -" in span]
    return [command for line in lines if (command := _typed(path.name, line))]


def named_in(path: Path) -> list[Typed]:
    """The commands that a document's sentences name without an option."""
    spans = [span for span in _spans(path.read_text()) if " -" not in span]
    return [command for line in spans if (command := _typed(path.name, line))]


def python_in(path: Path) -> list[str]:
    """The blocks of Python in a document."""
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), re.M | re.S)


def _spans(content: str) -> list[str]:
    return re.findall(r"`(dlhw [^`\n]*)`", re.sub(r"^```.*?^```", "", content, flags=re.M | re.S))


def _typed(document: str, line: str) -> Typed | None:
    found = re.match(r"(?:(.*?)(\|) *|.*[ ;&(])?dlhw( .*|$)", line)
    if found is None or line.startswith(("python", "git clone")):
        return None
    words, reads = shlex.split(found[3], comments=True), ""
    if "<" in words:
        words, reads = words[: words.index("<")], words[words.index("<") + 1]
    before = found[1].strip() if found[2] else ""
    return Typed(document=document, line=line, arguments=tuple(words), reads=reads, before=before)


def found(command: Typed) -> tuple[Any, list[str]]:
    """The parser of a command, and what is left to parse."""
    at, arguments = parser(app), list(command.arguments)
    while arguments and (below := getattr(at, "commands", {}).get(arguments[0])):
        at, arguments = below, arguments[1:]
    return at, arguments


def parse(command: Typed) -> None:
    """Let the command's own parser take its arguments, which raises where it does not."""
    at, arguments = found(command)
    with contextlib.suppress(typer.Exit):  # as --help ends
        at.make_context(command.name, arguments)


def furnish(folder: Path) -> None:
    """Lay everything into a folder that the documents' commands name: images, words, arrays and archives."""
    np.savez(folder / "intel48.npz", **arrays())
    images, labels = draw_landscapes(36, seed=1, split="train")
    for name in ("holiday.jpg", "photos/a.jpg", "more/b.png"):
        _save(Image.fromarray(images[0]), folder / name)
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        _save(Image.fromarray(image), folder / f"path/to/intel-folder/class{label}/{index}.png")
        _save(Image.fromarray(image), folder / f"places/{('beach', 'city')[index % 2]}/{index}.png")
    np.save(folder / "memory.npy", np.random.default_rng(0).standard_normal((3, 4)))
    (folder / "handin.py").write_text(handed_in())
    (folder / "handin.toml").write_text(numbers_handed_in())
    for name in ("six.csv", "starts.csv"):
        shutil.copy(ROOT / "docs/figures/question1" / name, folder)
    row = rendered_words(WordSource.checked(), "validation", seed=9, difficulty="plain")
    for index in range(60):
        text, image = row.example(index)
        for place in ("words", "iiit5k/train", "scans/train", "scans/test"):
            _save(image, folder / place / f"{index}.png")
            with (folder / place / "labels.csv").open("a") as file:
                file.write(f'{index}.png,"{text.replace(chr(34), chr(34) * 2)}"\n')
        with (folder / "words.txt").open("a") as file:
            file.write(f"{text}\n")
        if index < 3:
            _save(image, folder / f"scans/{index}.png")
            _save(image, folder / f"scans/{index}.jpg")
            _save(image, folder / f"signs/{index}.png")
            _save(image, folder / f"meters/{index}.png")
    with (folder / "words.txt").open("a") as file:  # enough for every split to have some
        file.writelines(f"{''.join(letters)}\n" for letters in itertools.product("aeioumnrst", repeat=3))
    shutil.copy(folder / "words.txt", folder / "streets.txt")
    (folder / "gt.txt").write_text("".join(f"{index}.png\tword\n" for index in range(3)))
    shutil.copytree(Path(mpl.get_data_path()) / "fonts/ttf", folder / "faces")
    for name, count in (("huge", 300), ("queries", 2)):
        np.save(folder / f"{name}.npy", np.random.default_rng(0).standard_normal((count, 8)))
    _tables(folder)
    for name in ("words", "teaching"):
        shutil.copytree(ROOT / "examples" / name, folder / "examples" / name)
    shutil.copy(ROOT / "examples/teaching/network.py", folder / "network.py")
    (folder / "mine.py").write_text(f"{NETWORK}\n{NUMPY}\n{ATTENTION}")
    torch.save({"layer.weight": torch.zeros(2, 3)}, folder / "weights.pt")
    for name in ("word.png", "photo-of-a-word.png"):
        _save(image, folder / name)


def _tables(folder: Path) -> None:
    """Truth and predictions: words, sentences, pages and labels."""
    words = ["street", "cat", "open", "Bus"] * 6
    read = {"truth": words, "mine": [word.replace("e", "c") for word in words], "theirs": [word[1:] for word in words]}
    for name, texts in read.items():
        rows = (f"{place}.png,{text},{place % 8}\n" for place, text in enumerate(texts))
        (folder / f"{name}.csv").write_text("image,text,writer\n" + "".join(rows))
        (folder / f"{name}.txt").write_text("".join(f"the {text} of it\n" for text in texts))
    both = zip(*read.values(), strict=True)
    (folder / "both.csv").write_text("id,right,one,two\n" + "".join(f"{row[0]},{','.join(row)}\n" for row in both))
    (folder / "pages").mkdir()
    for suffix, texts in ((".gt.txt", words), (".pred.txt", read["mine"])):
        (folder / f"pages/1{suffix}").write_text(" ".join(texts) + "\n")
    for name, swapped in (("labels", 99), ("first", 5), ("second", 3)):
        labels = ("sea" if place % 2 or not place % swapped else "forest" for place in range(30))
        rows = (f"{place}.jpg,{label},{place % 10}\n" for place, label in enumerate(labels))
        (folder / f"{name}.csv").write_text("image,label,place\n" + "".join(rows))


def handed_in() -> str:
    """The hand-in that docs/teaching.md checks."""
    return python_in(ROOT / "docs" / "teaching.md")[0]


def numbers_handed_in() -> str:
    """The numbers that docs/teaching.md judges."""
    content = (ROOT / "docs" / "teaching.md").read_text()
    return str(re.findall(r"^```toml\n(.*?)^```", content, re.M | re.S)[0])


def train_runs(folder: Path, dlhw: Callable[..., object]) -> None:
    """Two finished runs of each training, and one that was interrupted.

    Args:
        folder: where ``runs`` is made.
        dlhw: runs a command there.
    """
    tiny = ("--data", "intel48.npz", "--epochs", "1")
    for group, options in {
        "cnn train": ("--gap", *tiny),
        "cnn study": (*tiny, "--threads", "1"),
        "ocr train": ("--epochs", "1", "--words", "32", "--threads", "1"),
    }.items():
        command = group.replace(" ", "-")
        root = folder / "runs" / command
        dlhw(*group.split(), *options, "--out", root / "1", "--progress", "none")
        for number in ("2", "3"):
            shutil.copytree(root / "1", root / number)
        (root / "3" / "result.json").unlink()
        for outcome in (root / "3").glob("*/outcome.json"):
            outcome.unlink()
        assert json.loads((root / "2" / "result.json").read_text())["command"] == group


def _save(image: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.convert("RGB").save(path)
