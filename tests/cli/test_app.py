from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import dlhw
from dlhw.errors import DlhwError
from tests.conftest import Invoke

COMMANDS = [
    *(["cnn", "train"], ["cnn", "params"], ["cnn", "eval"], ["cnn", "predict"], ["cnn", "explain"]),
    *(["ocr", "train"], ["ocr", "check"], ["ocr", "render"], ["ocr", "eval"], ["ocr", "read"], ["ocr", "compare"]),
    *(["cnn", "export"], ["ocr", "export"], ["runs"], ["info"]),
]
PAGES = [[], ["cnn"], ["ocr"], *COMMANDS]


def test_every_help_page_answers_without_torch() -> None:
    """In one process: what the first page imports, the last one would name."""
    code = f"""
import sys, dlhw.cli.app
for page in {PAGES!r}:
    for option in ("--help", "-h"):
        sys.argv = ["dlhw", *page, option]
        print("PAGE", *page, option)
        try: dlhw.cli.app.main()
        except SystemExit as ended: assert not ended.code
        heavy = set(sys.modules) & {{"torch", "torchvision", "matplotlib", "numpy", "PIL", "rich"}}
        assert not heavy, (page, option, heavy)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    shown = dict(page.split("\n", 1) for page in done.stdout.split("PAGE ")[1:])
    assert len(shown) == 2 * len(PAGES)
    assert all(text.startswith("Usage: dlhw") for text in shown.values())


def test_figures_go_to_files_whatever_a_notebook_asks_for() -> None:
    """Jupyter sets ``MPLBACKEND`` for every command of a cell, to a module that dlhw does not need."""
    code = """
import sys, dlhw.cli.app
sys.argv = ["dlhw", "--version"]
try: dlhw.cli.app.main()
finally: import matplotlib; print(matplotlib.get_backend())
"""
    notebook = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=notebook)
    assert done.stdout.splitlines()[-1].lower() == "agg"


def test_help_answers_in_a_quarter_of_a_second() -> None:
    """Processor time, the best of five: what a busy machine adds is not ours."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "dlhw", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.25


@pytest.mark.parametrize("page", [[], *COMMANDS, ["cnn"], ["ocr"]], ids=" ".join)
def test_help_leads_with_examples(page: list[str], invoke: Invoke) -> None:
    text = invoke(*page, "--help").stdout
    assert 0 < text.index("Examples:") < text.index("Options:")


@pytest.mark.parametrize("group", [[], ["cnn"], ["ocr"]])
def test_a_group_alone_is_its_help(group: list[str], invoke: Invoke) -> None:
    outcome = invoke(*group)
    assert outcome.code == 2
    assert outcome.stdout == ""
    assert 0 < outcome.stderr.index("Examples:") < outcome.stderr.index("Options:")


def test_version(invoke: Invoke) -> None:
    assert invoke("--version").stdout == f"dlhw {dlhw.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cnn", "trian"], "did you mean train?"),
        (["train"], "did you mean dlhw cnn train or dlhw ocr train?"),
        (["cnn", "train", "--lr", "[red]fast"], "--lr takes a number; “[red]fast” was given"),
        (["cnn", "train", "--lr", "0.01", "--lr", "x", "--lr=y"], "--lr takes a number; “x” was given"),
        (["cccp", "--beta", "0.1", "--beta=x"], "--beta takes a number; “x” was given"),
        (["energy", "--mutate", "beta", "--mutate=sign"], "--mutate was given twice, as “beta” and “sign”"),
        (["info", "--json", "--debug", "--json", "extra"], "extra"),
        (["cnn", "train", "--lr=abc"], "--lr takes a number; “abc” was given"),
        (["cnn", "train", "--epochs", "few"], "--epochs takes a whole number; “few” was given"),
        (["cnn", "train", "--learning-rate", "0.1"], "did you mean --lr?"),
        (["cnn", "train", "--epoch=3"], "did you mean --epochs?"),
        (["cnn", "train", "-lr", "0.1"], "has no option -lr\nhint: did you mean --lr?"),
        (["ocr", "eval", "--num-beams", "3"], "did you mean --beam?"),
        (["ocr", "eval", "--beam"], "dlhw ocr eval: --beam takes a value, and none was given"),
        (["reproduce", "--quick", "--full"], "give one of the two"),
        (["cnn", "train", "--progress", "loud"], "--progress"),
        (["cnn", "params", "extra"], "extra"),
    ],
)
def test_wrong_usage_is_two(arguments: list[str], message: str, invoke: Invoke) -> None:
    outcome = invoke(*arguments)
    assert outcome.code == 2
    assert outcome.stdout == ""
    assert message in outcome.stderr


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DlhwError("it broke", "mend it"), 1, "error: it broke\nhint: mend it\n"),
        (PermissionError(13, "Permission denied", "/a/b"), 1, "error: /a/b: Permission denied"),
        (ZeroDivisionError("division by zero"), 1, "error: ZeroDivisionError: division by zero"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_a_line_and_a_code(
    error: BaseException, code: int, text: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr("dlhw.cnn.counting.count_network", fail)
    outcome = invoke("cnn", "params")
    assert outcome.code == code
    assert outcome.stdout == ""
    assert outcome.stderr.startswith(text)
    assert "Traceback" not in outcome.stderr


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    def fail(name: str) -> None:
        raise DlhwError("it broke")

    monkeypatch.setattr("dlhw.cnn.counting.count_network", fail)
    for arguments in (("cnn", "params", "--debug"), ("--debug", "cnn", "params")):
        outcome = invoke(*arguments)
        assert outcome.code == 1
        assert outcome.stderr.startswith("Traceback")
        assert outcome.stderr.endswith("DlhwError: it broke\n")


def test_python_m_dlhw_is_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dlhw", "--version"]
    assert subprocess.run(command, capture_output=True, text=True).stdout == f"dlhw {dlhw.__version__}\n"
