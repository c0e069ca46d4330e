from __future__ import annotations

import os
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dlhw.errors import DataError, TheirFault
from dlhw.foreign import process
from dlhw.foreign.process import Answer, run_file
from dlhw.foreign.runner import Channel


def call(module: ModuleType, request: dict[str, Any], channel: Channel) -> None:
    """The task of these tests: call a function of the file and tell what it gave."""
    channel.step(f"calling {request['name']}")
    channel.answer("gave", value=getattr(module, request["name"])())


def run(folder: Path, content: str) -> list[Answer]:
    path = folder / "mine.py"
    path.write_text(content)
    return list(run_file(path, "tests.foreign.test_process:call", {"name": "f"}, hint="mend it"))


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setattr(process, "SECONDS", 2.0)


def test_answers_come_whatever_the_file_prints_asks_or_forks(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("value = 7\n")
    content = (
        "import os, beside\nprint('noise')\nos.fork()\ndef f():\n    print('more')\n    return [1, beside.value]\n"
    )
    assert run(tmp_path, content) == [{"kind": "gave", "value": [1, 7]}]


@pytest.mark.usefixtures("forked_files")
@pytest.mark.parametrize(
    ("content", "message", "shown"),
    [
        ("x = 1\ny = x / 0\n", "ZeroDivisionError: division by zero", "line 2"),
        ("def f():\n    raise ValueError('no')\n", "ValueError: no", "line 2"),
        ("def f(:\n", "SyntaxError", "line 1"),
        ("import no_such_module\n", "ModuleNotFoundError", "line 1"),
        ("raise SystemExit(3)\n", "SystemExit: 3", "line 1"),
        ("def f():\n    return input()\n", "EOFError", "line 2"),
    ],
)
def test_an_error_of_theirs_has_their_traceback(tmp_path: Path, content: str, message: str, shown: str) -> None:
    with pytest.raises(TheirFault) as error:
        run(tmp_path, content)
    assert message in error.value.message
    installing = "install it beside dlhw, as in: uv pip install no_such_module; or take its import out"
    assert error.value.hint == (installing if "no_such_module" in content else "mend it")
    assert error.value.file == "mine.py"
    assert shown in error.value.traceback
    assert "runner.py" not in error.value.traceback


@pytest.mark.usefixtures("forked_files")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("def f():\n    while True: pass\n", "calling f did not finish within "),
        (
            "import time\ntime.sleep(1000)\n",
            "loading did not finish within 6 s by the clock, for 2 s of computing",
        ),
        ("import os\nos._exit(4)\n", "loading did not finish: its process exited with code 4"),
        ("import os\ndef f():\n    os.kill(os.getpid(), 9)\n", "was ended by signal 9"),
        ("def f():\n    return bytearray(10**13)\n", "MemoryError"),
    ],
)
def test_what_hangs_or_ends_or_takes_all_memory_is_one_error(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        run(tmp_path, content)
    assert message in error.value.message
    assert error.value.hint


@pytest.mark.usefixtures("forked_files")
def test_a_loop_is_told_by_the_time_that_it_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WAITING", 1000.0)  # however busy the machine is
    with pytest.raises(DataError, match="calling f did not finish within 2 s of computing"):
        run(tmp_path, "def f():\n    while True: pass\n")


def test_what_the_file_started_ends_with_it(tmp_path: Path) -> None:
    content = "import subprocess\ndef f():\n    return subprocess.Popen(['sleep', '1000']).pid\n"
    ((answer),) = run(tmp_path, content)
    for _ in range(100):
        try:
            os.kill(answer["value"], 0)
        except ProcessLookupError:
            return
        if "Z" in Path(f"/proc/{answer['value']}/stat").read_text().rsplit(")", 1)[1].split()[0]:
            return  # ended, and nobody has asked yet
        time.sleep(0.1)
    pytest.fail("it goes on")


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        list(run_file(tmp_path / "none.py", "a:b", {}, hint=""))
