"""What the tests share: small images, one thread, and ways to run a command.

What takes long to import is imported where it is needed: the process that deals out the tests to workers needs none.
"""

from __future__ import annotations

import copy
import functools
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import typer.main

from tests import ending
from tests.started import CommandServer, Started, start

if TYPE_CHECKING:
    from dlhw.cnn.data import Landscapes
    from dlhw.learning.device import Compute
    from dlhw.ocr.network import Architecture

# A busy machine is no failure, so there is no deadline.
hypothesis.settings.register_profile("dlhw", deadline=None, max_examples=25)
hypothesis.settings.load_profile("dlhw")


SERVER = pytest.StashKey[CommandServer]()


def pytest_configure(config: pytest.Config) -> None:
    """SIGTERM ends the tests, and all workers share what starts commands."""
    ending.pytest_configure()
    if not hasattr(config, "workerinput"):
        config.stash[SERVER] = CommandServer()


def pytest_unconfigure(config: pytest.Config) -> None:
    """No process outlives the tests."""
    if SERVER in config.stash:
        config.stash[SERVER].close()
    ending.pytest_unconfigure()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How thorough the tests that are run at night are."""
    parser.addoption("--damages", type=int, default=1000, help="damaged versions of each file, with -m nightly")
    parser.addoption("--signalled", type=int, default=25, help="signals that end each long command, likewise")


@pytest.fixture
def damages(request: pytest.FixtureRequest) -> int:
    """How many damaged versions of each file are read at night."""
    return int(request.config.getoption("--damages"))


@pytest.fixture
def signals(request: pytest.FixtureRequest) -> int:
    """How many signals end each long command at night."""
    return int(request.config.getoption("--signalled"))


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep every test out of the person's folders, and on one thread: the machine may be busy."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("COLUMNS", raising=False)  # a test runner may set it; tables are as wide wherever tests run
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def compute() -> Compute:
    from dlhw.learning.device import configure

    return configure("cpu", 1)


@pytest.fixture(scope="session")
def tiny() -> Landscapes:
    """Thirty images to learn from."""
    from dlhw.cnn.sources import draw_dataset

    return draw_dataset({"train": 30, "validation": 12, "test": 12}, seed=1)


def arrays() -> dict[str, Any]:
    """The contents of a small archive of procedural landscapes: 30, 12 and 12 images."""
    return {key: array.copy() for key, array in _drawn().items()}


@functools.cache
def _drawn() -> dict[str, Any]:
    from dlhw.cnn.landscapes import draw_landscapes

    content = {}
    for prefix, split, count in (("train", "train", 30), ("val", "validation", 12), ("test", "test", 12)):
        content[f"{prefix}_images"], content[f"{prefix}_labels"] = draw_landscapes(count, seed=1, split=split)
    return content


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small archive in the form of the course's file."""
    import numpy as np

    path = tmp_path / "tiny.npz"
    np.savez(path, **arrays())
    return path


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


Invoke = Callable[..., Outcome]


def parser(app: typer.Typer) -> Any:
    """The parser of an app, made once: that takes 18 ms. Each command gets copies, whose callbacks it may replace."""
    return _copied(_made(app))


_made = functools.cache(typer.main.get_command)


def _copied(command: Any) -> Any:
    command = copy.copy(command)
    if hasattr(command, "commands"):
        command.commands = {name: _copied(each) for name, each in command.commands.items()}
    return command


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    """Run ``dlhw …`` in this process, in an empty folder."""
    from dlhw.cli.app import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("typer.main.get_command", parser)

    def run(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["dlhw", *map(str, arguments)])
        capsys.readouterr()
        with _signals_kept(), pytest.raises(SystemExit) as ended:
            main()
        if ended.value.code == 128 + signal.SIGTERM:  # the command took the signal that was meant for the tests
            ending.end_tests()
        captured = capsys.readouterr()
        return Outcome(code=int(ended.value.code or 0), stdout=captured.out, stderr=captured.err)

    return run


@contextmanager
def _signals_kept() -> Iterator[None]:
    """A command leaves a process that a further signal ends; the one that tests goes on."""
    from dlhw.cli.signals import STOPPING

    handlers = {each: signal.getsignal(each) for each in STOPPING}
    hook = sys.unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for each, handler in handlers.items():
            signal.signal(each, handler)


Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def spawn(tmp_path: Path) -> Spawn:
    """Start ``dlhw …`` as a process of its own, in an empty folder."""

    def start(*arguments: str | Path, program: Sequence[str] = ("-m", "dlhw"), **options: Any) -> subprocess.Popen[str]:
        piped: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, *program, *map(str, arguments)]
        return subprocess.Popen(command, cwd=tmp_path, text=True, **piped | options)

    return start


Fork = Callable[..., Started]


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """Start ``dlhw …`` as :func:`spawn` does, but with PyTorch imported: for what does not depend on how it begins."""
    return functools.partial(start, folder=tmp_path)


RUN_FILE = """
import os
from dlhw.foreign.runner import main
descriptors = os.dup(0), os.dup(1)
for standard in (0, 1):
    os.dup2(os.open(os.devnull, os.O_RDWR), standard)
main(*descriptors)
"""


@pytest.fixture
def forked_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """People's files are executed as ever, but in processes that begin with PyTorch imported."""

    def start_file(_: object, *, pass_fds: tuple[int, int], env: dict[str, str], **__: object) -> Started:
        asked, answers = pass_fds
        options: dict[str, Any] = {"program": RUN_FILE, "environment": env, "start_new_session": True}
        return start(folder=Path.cwd(), stdin=asked, stdout=answers, stderr=subprocess.DEVNULL, **options)

    names = {"Popen": start_file, "DEVNULL": subprocess.DEVNULL, "TimeoutExpired": subprocess.TimeoutExpired}
    monkeypatch.setattr("dlhw.foreign.process.subprocess", SimpleNamespace(**names))


@pytest.fixture
def forked_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials side by side are trained as ever, but in processes that begin with PyTorch imported."""
    multiprocessing.set_forkserver_preload(["tests.conftest", "dlhw.cnn.sweep", "torch._dynamo"])
    forked = multiprocessing.get_context("forkserver")
    monkeypatch.setattr("dlhw.learning.side_by_side.multiprocessing.get_context", lambda _: forked)


@pytest.fixture
def undrawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are composed and their files written, but nothing is drawn in them, which takes a third of a second each.

    For files whose tests train and look at something else. The test that is marked ``drawn`` sees the figures.
    """
    if request.node.get_closest_marker("drawn"):
        return

    from PIL import Image

    def write(_: object, file: Any, *, format: str) -> None:
        assert format == "png"
        Image.new("L", (1, 1)).save(file, format=format)

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", write)


@pytest.fixture
def small_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Question 3 with eight words to be measured on, the fonts that are the same everywhere, and a small network."""

    from dlhw.ocr.network import Architecture

    def small(alphabet_size: int) -> Architecture:
        return Architecture(
            alphabet_size=alphabet_size, channels=(4, 8, 8, 8, 16, 16), encoder=16, decoder=16, embedding=8, attention=8
        )

    monkeypatch.setattr("dlhw.ocr.rendering.fonts.system_files", list)
    monkeypatch.setattr("dlhw.ocr.training_dataset.RENDERED_SIZES", {"validation": 8, "test": 8})
    monkeypatch.setattr("dlhw.ocr.trial.Architecture", small)


@pytest.fixture(scope="session")
def own_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sixty labelled images of words."""
    from dlhw.ocr.rendering.rendered import rendered_words
    from dlhw.ocr.words.source import WordSource

    folder = tmp_path_factory.mktemp("own words")
    row = rendered_words(WordSource.checked(), "validation", seed=9, difficulty="plain")
    lines = []
    for index in range(60):
        text, image = row.example(index)
        image.save(folder / f"{index}.png")
        lines.append(f"{index}.png\t{text}\n")
    (folder / "labels.tsv").write_text("".join(lines))
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real images, for those who have them."""
    if "DLHW_DATA_DIR" not in os.environ:
        pytest.skip("DLHW_DATA_DIR is not set: no real images here")
    return Path(os.environ["DLHW_DATA_DIR"])
