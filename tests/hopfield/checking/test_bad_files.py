"""Files that print, hang, fork, exit, crash or are none: one clear error each, and nothing is left running."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dlhw.errors import DataError, TheirFault
from dlhw.foreign import process
from dlhw.hopfield.checking.check import Checked, check_file
from dlhw.hopfield.checking.functions import OF_ENERGY, OF_PROCEDURE
from dlhw.hopfield.checking.memories import gather_memories
from dlhw.hopfield.instances import fixed_instances

UPDATE = """
import numpy as np
def update(q, X, beta):
    z = beta * X @ q
    e = np.exp(z - z.max())
    return (e / e.sum()) @ X
"""


def check(folder: Path, source: str | bytes, name: str = "mine.py") -> Checked:
    path = folder / name
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return check_file(path, OF_PROCEDURE, gather_memories(fixed_instances(), seed=42, source=""))


def inside(body: str) -> str:
    """An update that does something else first."""
    return UPDATE.replace("    z = beta", f"    {body}\n    z = beta")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are fewer, so that hanging takes less time here."""
    monkeypatch.setattr(process, "SECONDS", 1.0)


FORKED = pytest.mark.usefixtures("forked_files")
"""For what does not depend on how the process begins."""


@FORKED
@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("def update(q, X, beta)\n    return 1", "SyntaxError", "def update(q, X, beta)"),
        ("import numpy as np\nX = undefined_name", "NameError: name 'undefined_name'", "X = undefined_name"),
        ("import no_such_package", "ModuleNotFoundError", "import no_such_package"),
        ("import sys\nsys.exit(3)", "SystemExit: 3", "sys.exit(3)"),
        (b"x = 'caf\xe9'", "SyntaxError", ""),
        (b"PK\x03\x04\x00\x00", "", ""),
    ],
    ids=["syntax", "name", "import", "exit", "encoding", "binary"],
)
def test_a_fault_while_loading_is_shown_as_theirs(tmp_path: Path, source: str | bytes, said: str, line: str) -> None:
    with pytest.raises(TheirFault, match=r"^mine.py cannot be loaded: ") as caught:
        check(tmp_path, source)
    assert said in caught.value.message
    assert line in caught.value.traceback
    assert "dlhw" not in caught.value.traceback


@FORKED
@pytest.mark.parametrize(
    ("body", "said", "line"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero", "return 1 / 0"),
        ("raise SystemExit", "SystemExit", "raise SystemExit"),
        ("return X.T @ X @ np.ones(99)", "ValueError: matmul", "np.ones(99)"),
        ("return np.zeros(2**40)", "MemoryError", "np.zeros(2**40)"),
        ("return update(q, X, beta)", "RecursionError", "return update(q, X, beta)"),
    ],
    ids=["division", "exit", "shapes", "memory", "recursion"],
)
def test_a_fault_inside_a_function_is_shown_as_theirs(tmp_path: Path, body: str, said: str, line: str) -> None:
    checked = check(tmp_path, inside(body))
    result = checked.results[0]
    assert not result.passed
    assert result.error is not None
    assert said in result.error
    assert result.traceback is not None
    assert line in result.traceback
    assert "dlhw" not in result.traceback
    assert checked.as_document()["diagnosis"] == "update gave no answers to compare"


@FORKED
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return None", "it returned None: is a return missing?"),
        ("return 'q'", "it returned str, not numbers"),
        ("return {'q': q}", "it returned dict, not numbers"),
        ("return q + 1j", "it returned ndarray, not numbers"),
        ("return 0.5", "for one query the shape (3,) is expected, got ()"),
        ("return X[:, :2].sum(0)", "for one query the shape (3,) is expected, got (2,)"),
    ],
)
def test_what_is_no_state_is_said_with_what_was_expected(tmp_path: Path, body: str, said: str) -> None:
    result = check(tmp_path, inside(body)).results[0]
    assert (result.passed, result.error, result.traceback) == (False, said, None)


@FORKED
def test_nan_is_wrong_and_shown(tmp_path: Path) -> None:
    result = check(tmp_path, inside("return q * np.nan")).results[0]
    assert not result.passed
    assert result.worst is None
    assert result.instance is not None
    assert set(result.instance["returned"]) == {None}


@FORKED
@pytest.mark.parametrize("arguments", ["q", "q, X, beta, alpha", "q, X, beta, alpha, *, gamma"])
def test_other_arguments_are_named(tmp_path: Path, arguments: str) -> None:
    result = check(tmp_path, f"def update({arguments}):\n    return q").results[0]
    assert result.error is not None
    assert result.error.startswith(f"it takes ({arguments.replace(', *', '')})")
    assert "(q, X, beta)" in result.error


RIGHT = "import numpy as np\ndef softmax(z):\n    e = np.exp(z - z.max())\n    return e / e.sum()\n"
ALL = "def passed_on(f):\n    def g(*args, **kw):\n        return f(*args, **kw)\n    return g\n"
MODULE = "import torch\nclass Hop(torch.nn.Module):\n    def forward(self, q, X, beta):\n        "


@pytest.mark.parametrize(
    "source",
    [
        f"{RIGHT}def update(q, X, beta, scale=1.0):\n    return scale * X.T @ softmax(beta * X @ q)",
        f"{RIGHT}{ALL}@passed_on\ndef update(q, X, beta):\n    return X.T @ softmax(beta * X @ q)",
        f"{MODULE}return torch.softmax(beta * q @ X.T, -1) @ X\nupdate = Hop()",
        f"import sys\nassert not sys.argv[1:]\n{RIGHT}def update(q, X, beta):\n    return X.T @ softmax(beta * X @ q)",
    ],
    ids=["a scale beside β", "a decorator", "a module of PyTorch", "sys.argv"],
)
def test_right_functions_that_are_called_in_other_ways(tmp_path: Path, source: str) -> None:
    (result,) = check(tmp_path, source).results
    assert result.passed, result.error


@pytest.mark.parametrize("arguments", ["beta, z", "z, beta", "z"])
def test_a_helper_called_lse_is_not_taken_for_the_homeworks(tmp_path: Path, arguments: str) -> None:
    source = (
        f"{RIGHT}def update(q, X, beta):\n    return X.T @ softmax(beta * X @ q)\ndef lse({arguments}):\n    return z"
    )
    (tmp_path / "mine.py").write_text(source)
    memories = gather_memories(fixed_instances(), seed=42, source="")
    checked = check_file(tmp_path / "mine.py", OF_ENERGY, memories)
    assert checked.passed
    assert "log_sum_exp" in checked.missing


def test_a_notebook_and_a_module_that_is_not_installed_are_told(tmp_path: Path) -> None:
    with pytest.raises(TheirFault) as caught:
        check(tmp_path, "import no_such_module.special")
    assert "uv pip install no_such_module;" in caught.value.hint
    with pytest.raises(DataError, match="is a notebook, and a Python file was expected"):
        check(tmp_path, "{}", "mine.ipynb")


@FORKED
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("while True: pass", "mine.py: loading did not finish within"),
        ("import time\ntime.sleep(1000)", "mine.py: loading did not finish within"),
        (inside("\n    while True: pass"), "mine.py: update did not finish within"),
        ("import os\nos._exit(7)", "mine.py: loading did not finish: its process exited with code 7"),
        (inside("import os; os._exit(0)"), "mine.py: update did not finish: its process exited with code 0"),
        (inside("import ctypes; ctypes.string_at(0)"), "mine.py: update did not finish: its process was ended by"),
        ("import os\nos.closerange(3, 99)", "mine.py: loading did not finish: "),
        ("import os\nos.kill(os.getpid(), 9)", "mine.py: loading did not finish: its process was ended by signal 9"),
    ],
    ids=["loop", "sleep", "function", "exit", "exit inside", "crash", "closed", "killed"],
)
def test_what_never_answers_is_one_error(tmp_path: Path, hasty: None, source: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        check(tmp_path, source)
    assert caught.value.message.startswith(said)
    assert caught.value.hint


def test_a_file_that_forks_answers_once_and_leaves_nothing_running(tmp_path: Path) -> None:
    source = f"""
import os, subprocess, sys, threading, time
with open({str(tmp_path / "pids")!r}, "a") as file:
    print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, file=file)
threading.Thread(target=time.sleep, args=(600,)).start()
os.fork()
with open({str(tmp_path / "pids")!r}, "a") as file:
    print(os.getpid(), file=file)
while len(open({str(tmp_path / "pids")!r}).read().split()) < 3:  # until both are noted
    time.sleep(0.01)
{UPDATE}"""
    assert check(tmp_path, source).passed
    pids = {int(line) for line in (tmp_path / "pids").read_text().split()}
    assert len(pids) == 3
    until = time.monotonic() + 20
    while alive := [pid for pid in pids if running(pid)]:
        assert time.monotonic() < until, alive
        time.sleep(0.1)


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize("name", ["numpy.py", "my work (2).py", "notes.txt", "été.py"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where Python looks for modules first, unless it is told not to
    assert check(tmp_path, UPDATE if name != "numpy.py" else "def update(q, X, beta): return q", name).results


def test_what_lies_beside_a_file_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(UPDATE)
    assert check(tmp_path, "from beside import update").passed


def test_no_file_is_said(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.py", "there is no such file"), (tmp_path, "is a folder, where a file")):
        with pytest.raises(DataError, match=said):
            check_file(path, OF_PROCEDURE, gather_memories(fixed_instances(), seed=1, source=""))
