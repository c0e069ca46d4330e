"""Long commands that end by random signals at random moments, go on, and end in the same bits and documents.

A moment is drawn by what happens at it and not by the clock (:mod:`tests.moments`): at a change of a file of the run,
halfway through a write, or some calls of functions later. So each process that gets a signal is one that works.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.learning.checkpoint import load_checkpoint
from tests.damage import Record
from tests.forking import Forks, forks
from tests.moments import Moment, armed, events

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
CODES = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}
"""Besides: 0 where the command was done before the signal came, and −number where its handler was not there yet."""

AGAIN = 5
"""Signals to one run at most, before it is left to end."""

LATER = 4000
"""Calls of functions after an event, at most: a small training makes some thousands an epoch."""

WASTED = 3
"""Of the processes for each signal that is asked for, how many there are at most: most must get theirs."""

SEED = 18
SEED_OF_FEW = 38
"""Its first moments lie within states, metrics and steps, and not all before the first epoch."""

TIMES = ("second", "date", "environment", "version", "command_line", "run", "page", "out", "trained", "threads", "step")
"""What may differ between two runs, by parts of the keys. ``step`` is the time of one, in a study."""

MILLISECONDS = re.compile(r"[\d.]+ ms")
"""The same in a table."""

SMALL_WORDS = """
from dlhw.ocr.network import Architecture
import dlhw.ocr.rendering.fonts, dlhw.ocr.training_dataset, dlhw.ocr.trial
dlhw.ocr.rendering.fonts.system_files = list
dlhw.ocr.training_dataset.RENDERED_SIZES = {"validation": 8, "test": 8}
dlhw.ocr.trial.Architecture = lambda alphabet_size: Architecture(
    alphabet_size=alphabet_size, channels=(4, 8, 8, 8, 16, 16), encoder=16, decoder=16, embedding=8, attention=8
)
"""
SMALL_STUDY = """
from dlhw.cnn.study.settings import SHORT
SHORT.update({"images": 30, "epochs": 2, "variants": ("gap", "stride")})
"""
SMALL_PAGE = """
from dataclasses import replace
from dlhw.report import scale
scale.SCALES["quick"] = replace(
    scale.QUICK, trials=1, epochs=2, reading_epochs=2, reading_words=32,
    seconds=dict.fromkeys(scale.QUESTIONS, 1.0), samplings=2,
)
"""


@dataclass(frozen=True)
class Long:
    """A command that takes long elsewhere."""

    arguments: Callable[[Path, Path], list[str | Path]]
    """Of an archive of landscapes and a folder of labelled words."""

    before: str = ""
    resume: tuple[str, ...] = ("--resume",)
    """What is added to go on."""

    threads: int = 1
    out: str = "--out"
    in_workers: bool = False
    """Whether events in workers count too."""


COMMANDS = {
    "cnn train": Long(lambda data, _: ["cnn", "train", "--gap", "--data", data, "--epochs", "8"]),
    "cnn train, two trials at once": Long(
        lambda data, _: ["cnn", "train", "--gap", *("--lr", "0.01", "--lr", "0.02"), "--data", data, "--epochs", "6"],
        threads=2,
        in_workers=True,
    ),
    "cnn train --recipe strong": Long(
        lambda data, _: ["cnn", "train", "--gap", "--recipe", "strong", "--data", data, "--epochs", "4"]
    ),
    "cnn study": Long(lambda data, _: ["cnn", "study", "--quick", "--data", data], before=SMALL_STUDY),
    "ocr train": Long(lambda _, __: ["ocr", "train", "--words", "64", "--epochs", "3"], before=SMALL_WORDS),
    "ocr train --data": Long(lambda _, words: ["ocr", "train", "--data", words, "--epochs", "4"], before=SMALL_WORDS),
    "reproduce": Long(
        lambda data, _: ["reproduce", "--quick", "--data", data],
        before=SMALL_WORDS + SMALL_STUDY + SMALL_PAGE,
        resume=(),
    ),
    "ocr read --jsonl": Long(
        lambda _, words: ["ocr", "read", words, "--beam", "1"],
        before="import dlhw.ocr.reading; dlhw.ocr.reading.CHUNK = 8",
        resume=(),
        out="--jsonl",
    ),
}


def end_of(out: Path) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, Any]]:
    """All weights and states of a run or of the runs below it, and its documents but for what took how long."""
    if out.is_file():
        return {}, {"lines": out.read_text()}
    kinds = {"state.safetensors": "state", "best.safetensors": "weights"}
    files = sorted(path for name in kinds for path in out.rglob(name))
    weights = {str(path.relative_to(out)): load_checkpoint(path, kind=kinds[path.name])[0] for path in files}
    documents: dict[str, Any] = {}
    for path in (path for pattern in ("result.json", "parts/*.json", "metrics.jsonl") for path in out.rglob(pattern)):
        content = path.read_text().replace(str(out), "OUT")
        read = list(map(json.loads, content.splitlines())) if path.suffix == ".jsonl" else json.loads(content)
        documents[str(path.relative_to(out))] = timeless(read)
    return weights, documents


def timeless(value: Any) -> Any:
    """A document without the keys that say how long something took, when, and where."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if not any(part in key for part in TIMES)}
    if isinstance(value, list):
        return [timeless(one) for one in value]
    return "a time" if isinstance(value, str) and MILLISECONDS.fullmatch(value) else value


def same(one: Path, other: Path) -> bool:
    (weights, documents), (other_weights, other_documents) = end_of(one), end_of(other)
    return (
        documents == other_documents
        and weights.keys() == other_weights.keys()
        and all(
            weights[file].keys() == other_weights[file].keys()
            and all(torch.equal(tensor, other_weights[file][key]) for key, tensor in weights[file].items())
            for file in weights
        )
    )


class Sequel:
    """A command that is interrupted, resumed and interrupted again, and in the end compared with one that was not.

    Args:
        starter: starts processes.
        command: which.
        arguments: of the command, but for where its files go.
        folder: for all files.
        rng: draws signals and moments.
    """

    def __init__(
        self, starter: Forks, command: Long, arguments: list[str | Path], folder: Path, rng: random.Random
    ) -> None:
        self._starter, self._command, self._folder, self._rng = starter, command, folder, rng
        display = ("--progress", "none") if "--out" in command.out else ()
        self._arguments = [*arguments, "--threads", str(command.threads), *display]
        self._events = {in_worker: len(self._alone(in_worker=in_worker)) for in_worker in {False, command.in_workers}}
        self.ended = {number.name: 0 for number in SIGNALS}
        self.lost: list[str] = []
        self.moments: list[str] = []

    def _alone(self, *, in_worker: bool) -> list[str]:
        """The events of a whole run."""
        alone, notes = self._folder / "alone", self._folder / "events"
        for path in (alone, notes):
            _remove(path)
        moment = Moment(within=str(alone), notes=str(notes), in_worker=in_worker)
        self._starter.run(*self._arguments, self._command.out, alone, before=armed(moment))
        assert any(end_of(alone))
        found = events(notes)
        assert len(found) >= 4, found
        return found

    def interrupt(self, out: Path) -> bool:
        """Start or resume the command, and send it a signal; returns whether it has come to its end."""
        rng, notes = self._rng, self._folder / "events"
        _remove(notes)
        in_worker = rng.choice(sorted(self._events))
        number = min(SIGNALS, key=lambda each: (self.ended[each.name], rng.random()))  # so none is rare
        at_once = self._command.threads if in_worker else 1
        moment = Moment(
            within=str(out),
            notes=str(notes),
            event=1 + int(self._events[in_worker] // at_once * rng.random() ** 2),  # mostly early: then it can go on
            calls=rng.choice((0, rng.randrange(10), rng.randrange(LATER))),
            number=int(number),
            in_worker=in_worker,
        )
        process = self._starter.start(*self._arguments, self._command.out, out, *self._again(out), before=armed(moment))
        code = process.wait()
        seen = events(notes)
        self.ended[number.name] += code in (CODES[number], -number)
        when = f"{number.name} → {code}, {moment.calls} calls after {seen[: moment.event][-1:]}"
        when += " in a worker" * in_worker
        self.moments.append(when)
        if code not in (0, CODES[number], -number) or ("Traceback" in process.stderr and code != -number):
            self.lost.append(f"{when}: {process.stderr}")
        return code == 0

    @property
    def count(self) -> int:
        """How many signals have ended the command."""
        return sum(self.ended.values())

    def end(self, out: Path) -> None:
        """Let it end, and compare."""
        process = self._starter.start(*self._arguments, self._command.out, out, *self._again(out))
        if process.wait():
            self.lost.append(f"{self.moments[-AGAIN:]}, then left alone: {process.stderr}")
            return
        left = [path.name for path in _below(out) if path.name.startswith(".") and not path.name.endswith(".lock")]
        if left or not same(self._folder / "alone", out):
            self.lost.append(f"{self.moments[-AGAIN:]}: other bits or documents, or left {left}")

    def _again(self, out: Path) -> tuple[str, ...]:
        return self._command.resume if (out / "config.json").exists() else ()


def _below(out: Path) -> Iterator[Path]:
    return out.rglob("*") if out.is_dir() else out.parent.glob(f".{out.name}*")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def check(name: str, archive: Path, words: Path, folder: Path, record: Record, *, signals: int, seed: int) -> None:
    """Send so many signals that end a command."""
    command, work = COMMANDS[name], folder / "work"
    with forks(work, before=command.before) as starter:
        rng = random.Random(f"{seed} {name}")  # else all commands would get the same signals
        sequel = Sequel(starter, command, command.arguments(archive, words), work, rng)
        number = 0
        try:
            while sequel.count < signals and len(sequel.moments) < WASTED * signals:
                out, number = work / f"run-{number}", number + 1
                for _ in range(AGAIN):
                    if sequel.interrupt(out) or sequel.count == signals:
                        break
                sequel.end(out)
                _remove(out)
        finally:  # also where the time limit ends it
            kinds = {"kind": "signals", "name": name, "n": sequel.count, "failures": len(sequel.lost), "seed": seed}
            for key, value in (kinds | sequel.ended | {"runs": number, "processes": len(sequel.moments)}).items():
                record(key, value)
            print(*sequel.moments, sep="\n")
    assert not sequel.lost
    assert sequel.count >= signals, sequel.moments


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", COMMANDS)
def test_many_signals_at_random_moments_cost_nothing(
    name: str, archive: Path, own_words: Path, tmp_path: Path, record_property: Record, signals: int
) -> None:
    check(name, archive, own_words, tmp_path, record_property, signals=signals, seed=SEED)


@pytest.mark.parametrize(("name", "signals"), [("cnn train", 4), ("ocr train --data", 2)])
def test_signals_at_random_moments_cost_nothing(
    name: str, archive: Path, own_words: Path, tmp_path: Path, record_property: Record, signals: int
) -> None:
    check(name, archive, own_words, tmp_path, record_property, signals=signals, seed=SEED_OF_FEW)
