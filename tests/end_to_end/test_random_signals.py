"""Long commands that end at random moments by random signals, go on, and end in the same bits and documents."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.learning.checkpoint import load_checkpoint
from tests.damage import Record
from tests.forking import Forks, forks

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
CODES = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}
"""Besides: 0 where the command was done before the signal came, and −number where its handler was not there yet."""

AGAIN = 4
"""Signals to one run at most, before it is left to end."""

TIMES = ("second", "date", "environment", "version", "command_line", "run", "page", "out", "trained", "threads")
"""What may differ between two runs, by parts of the keys."""

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
SHORT.update({"pictures": 30, "epochs": 2, "variants": ("gap", "stride")})
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


COMMANDS = {
    "cnn train": Long(lambda data, _: ["cnn", "train", "--gap", "--data", data, "--epochs", "8"]),
    "cnn train, two trials at once": Long(
        lambda data, _: ["cnn", "train", "--gap", *("--lr", "0.01", "--lr", "0.02"), "--data", data, "--epochs", "6"],
        threads=2,
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
}


def end_of(out: Path) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, Any]]:
    """All weights and states of a run or of the runs below it, and its documents but for what took how long."""
    kinds = {"state.safetensors": "state", "best.safetensors": "weights"}
    files = sorted(path for name in kinds for path in out.rglob(name))
    weights = {str(path.relative_to(out)): load_checkpoint(path, kind=kinds[path.name])[0] for path in files}
    documents = (path for pattern in ("result.json", "parts/*.json") for path in out.rglob(pattern))
    return weights, {
        str(path.relative_to(out)): timeless(json.loads(path.read_text().replace(str(out), "OUT")))
        for path in documents
    }


def timeless(value: Any) -> Any:
    """A document without the keys that say how long something took, when, and where."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if not any(part in key for part in TIMES)}
    return [timeless(one) for one in value] if isinstance(value, list) else value


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


def signalled(
    starter: Forks, command: Long, arguments: list[str | Path], folder: Path, *, runs: int, seed: int
) -> tuple[int, list[str]]:
    """Run a command to its end once alone and so often under signals.

    Returns:
        How many signals were sent to a running command, and what was lost in which run.
    """
    rng, lost, count = random.Random(seed), [], 0
    common = [*arguments, "--threads", str(command.threads), "--progress", "none", "--out"]
    began = time.perf_counter()
    starter.run(*common, folder / "alone")
    whole = time.perf_counter() - began
    assert end_of(folder / "alone")[0]
    for number in range(runs):
        out, sent = folder / f"run-{number}", []
        for _ in range(rng.randint(1, AGAIN)):
            again = command.resume if (out / "config.json").exists() else ()
            process = starter.start(*common, out, *again)
            each = rng.choice(SIGNALS)
            time.sleep(rng.uniform(0.0, 0.7 * whole))  # on a busy machine one run takes longer than another
            process.send_signal(each)
            code = process.wait()
            count += code != 0
            sent.append(f"{each.name} → {code}")
            if code not in (0, CODES[each], -each):
                lost.append(f"run {number}: {sent}: {process.stderr}")
            if "Traceback" in process.stderr and code != -each:
                lost.append(f"run {number}: {sent}: {process.stderr}")
            if (out / "result.json").exists():
                break
        if not (out / "result.json").exists():
            code = starter.start(*common, out, *(command.resume if (out / "config.json").exists() else ())).wait()
            sent.append(f"left alone → {code}")
        left = [path.name for path in out.rglob(".*") if path.suffix != ".lock" and path.name != ".lock"]
        if left or not same(folder / "alone", out):
            lost.append(f"run {number}: {sent}: other bits or documents, or left {left}")
        print(f"run {number}: {', '.join(sent)}", flush=True)
    return count, lost


def check(name: str, archive: Path, words: Path, folder: Path, record: Record, *, runs: int, seed: int) -> None:
    command = COMMANDS[name]
    with forks(folder / "work", before=command.before) as starter:
        count, lost = signalled(
            starter, command, command.arguments(archive, words), folder / "work", runs=runs, seed=seed
        )
    for key, value in {"kind": "signals", "name": name, "n": count, "failures": len(lost), "seed": seed}.items():
        record(key, value)
    assert not lost


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", COMMANDS)
def test_many_signals_at_random_moments_cost_nothing(
    name: str, archive: Path, own_words: Path, tmp_path: Path, record_property: Record, signals: int
) -> None:
    check(name, archive, own_words, tmp_path, record_property, runs=signals, seed=random.randrange(2**32))
