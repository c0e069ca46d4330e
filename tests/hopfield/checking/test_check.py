"""Other people's functions: right ones pass in whatever style, wrong ones are caught and named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from dlhw.errors import DataError
from dlhw.hopfield.checking.check import Checked, check_file
from dlhw.hopfield.checking.functions import OF_ENERGY, OF_PROCEDURE
from dlhw.hopfield.checking.memories import gather_memories
from dlhw.hopfield.instances import Instance, fixed_instances, random_instance
from tests.hopfield.checking.handins import MISTAKEN, MORE_MISTAKES, NUMPY, OTHER_WAYS, RIGHT

pytestmark = pytest.mark.usefixtures("forked_files")


def check(folder: Path, source: str, *, procedure: bool = False, beta: float | None = None, trials: int = 0) -> Checked:
    path = folder / "mine.py"
    path.write_text(source)
    generator = torch.Generator().manual_seed(1)
    instances = [*fixed_instances(), *(random_instance(generator) for _ in range(trials))]
    memories = gather_memories(instances, seed=42, source="a memory")
    return check_file(path, OF_PROCEDURE if procedure else OF_ENERGY, memories, beta=beta)


def failed(checked: Checked) -> list[str]:
    return [result.function.name for result in checked.results if not result.passed]


@pytest.mark.parametrize("style", RIGHT)
def test_right_functions_pass_in_every_style(tmp_path: Path, style: str) -> None:
    checked = check(tmp_path, RIGHT[style])
    assert failed(checked) == []
    assert checked.passed
    assert checked.as_document()["diagnosis"] is None
    for result in checked.results:
        assert result.worst is not None
        assert result.tolerance is not None
        assert result.worst <= result.tolerance
        assert result.precision == ("float32" if style == "float32" else "float64")


def test_right_functions_pass_on_random_memories(tmp_path: Path) -> None:
    assert failed(check(tmp_path, NUMPY, trials=60)) == []


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_right_functions_pass_however_they_are_called(tmp_path: Path, way: str) -> None:
    checked = check(tmp_path, OTHER_WAYS[way])
    assert failed(checked) == []
    remark = checked.results[0].remark
    said = {
        "a fixed beta": "takes no β: compared with β = 0.3",
        "the beta of attention": "takes no β: compared with β = 1/√D",
        "a sum over everything, for one query": "takes one query at a time: of several at once its answers differ",
        "no shift before exp": "exp() overflows at large scores: subtract the largest score first",
    }
    assert remark == said.get(way, "")


def test_a_beta_that_the_file_fixes_and_does_not_name_is_given(tmp_path: Path) -> None:
    source = OTHER_WAYS["a fixed beta"].replace("BETA * X", "0.3 * X").replace("BETA = 0.3", "")
    assert failed(check(tmp_path, source)) == ["update"]
    assert failed(check(tmp_path, source, beta=0.3)) == []


@pytest.mark.parametrize("name", MISTAKEN)
def test_each_classic_mistake_made_by_hand_is_caught_and_named(tmp_path: Path, name: str) -> None:
    checked = check(tmp_path, MISTAKEN[name])
    assert failed(checked)
    assert {result.mistake for result in checked.results if not result.passed} == {name}
    diagnosis = checked.as_document()["diagnosis"]
    assert f"(dlhw energy --mutate {name} makes that mistake)" in diagnosis
    for result in checked.results:
        if not result.passed:
            assert result.precision is None
        if not result.passed and result.layout == "rows":
            assert result.worst is not None
            assert result.tolerance is not None
            assert result.worst > result.tolerance
            assert result.instance is not None
            assert result.instance["returned"] != result.instance["expected"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in {"softmax-beta", "norm-half", "transpose"} else [pytest.mark.nightly])
        for name in MORE_MISTAKES
    ],
)
def test_other_mistakes_are_named_too(tmp_path: Path, name: str) -> None:
    function, source = MORE_MISTAKES[name]
    assert source != NUMPY
    checked = check(tmp_path, source)
    assert function in failed(checked)
    assert {result.mistake for result in checked.results if not result.passed} == {name}


def test_two_mistakes_are_told_apart(tmp_path: Path) -> None:
    source = NUMPY.replace("return q - update", "return -q + update").replace("0.5 * M**2", "M**2")
    mistakes = {result.function.name: result.mistake for result in check(tmp_path, source).results}
    assert (mistakes["gradient"], mistakes["energy"], mistakes["convex_part"]) == ("gradient", "norm-half", "norm-half")


def test_a_mistake_that_nobody_knows_is_said_to_be_none(tmp_path: Path) -> None:
    checked = check(tmp_path, NUMPY.replace("return q - update", "return q - 0.9 * update"))
    assert failed(checked) == ["gradient"]
    assert checked.as_document()["diagnosis"] == "no known mistake gives the answers of gradient"


@pytest.mark.parametrize(
    ("mistake", "body"),
    [
        ("softmax-beta", "softmax(Q @ X.T, axis=1) @ X"),
        ("axis", "softmax(Q @ X.T / Q.shape[1] ** 0.5, axis=0) @ X"),
        (None, "softmax(Q @ X.T / Q.shape[1] ** 0.5, axis=1) @ X"),
    ],
)
def test_attention_is_checked(tmp_path: Path, mistake: str | None, body: str) -> None:
    source = f"""
import numpy as np
def softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
def attention(Q, X):
    return {body}
"""
    checked = check(tmp_path, source, procedure=True)
    assert checked.missing == ("update",)
    assert checked.results[0].passed == (mistake is None)
    assert checked.results[0].mistake == mistake


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    checked = check(tmp_path, "import numpy as np\ndef convex_part(q, X, beta): return 1.0")
    assert "energy" in checked.missing
    assert "convex_part" not in checked.missing
    assert failed(checked) == ["convex_part"]


def test_a_file_without_any_of_them_is_told_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has none of energy, .*; it has my_energy, other") as caught:
        check(tmp_path, "import math\ndef my_energy(q): pass\ndef other(q): pass")
    assert "def energy(q, X, beta)" in caught.value.hint


def test_the_document_has_the_promised_keys(tmp_path: Path) -> None:
    checked = check(tmp_path, NUMPY).as_document()
    assert checked.keys() >= {"file", "functions", "diagnosis"}
    assert checked["functions"][0].keys() >= {"name", "passed", "worst", "tolerance", "instance"}


def test_the_memory_of_ones_own_is_the_first(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NUMPY)
    own = Instance(torch.eye(3, dtype=torch.float64), 2.0, torch.ones(2, 3, dtype=torch.float64))
    memories = gather_memories([own, *fixed_instances()], seed=1, source="memory.csv")
    assert memories[0].places[:2] == ("query 0", "query 1")
    assert [memory.name for memory in memories] == ["memory.csv", "fixed memory 1", "fixed memory 2", "fixed memory 3"]
    assert check_file(tmp_path / "mine.py", OF_ENERGY, memories).passed


def test_arguments_in_another_order_are_found_by_what_they_give(tmp_path: Path) -> None:
    source = NUMPY.replace("(q, X, beta)", "(muster, zustand, b)").replace("beta", "b")
    source = re.sub(r"\bX\b", "muster", re.sub(r"\bq\b", "zustand", source))
    checked = check(tmp_path, source)
    assert failed(checked) == []
    remarks = {result.function.name: result.remark for result in checked.results}
    assert remarks["energy"] == remarks["update"] == "takes (X, q, beta): checked in that order"


def test_a_mistake_is_none_of_the_order(tmp_path: Path) -> None:
    source = "import numpy as np\ndef update(zustand, muster, b):\n    return zustand @ muster @ zustand\n"
    (result,) = check(tmp_path, source).results
    assert not result.passed
    assert "checked in that order" not in result.remark


HESSIAN = """import numpy as np
def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()
def hessian(q, X, beta):
    p = softmax(beta * X @ q)
    return np.eye(len(q)) - beta * X.T @ (np.diag(p) - np.outer(p, p)) @ X
"""


ENERGIES = """def convex(q, X, beta):
    return 0.5 * q @ q + np.log(len(X)) / beta + 0.5 * np.linalg.norm(X, axis=1).max() ** 2
def energy(q, X, beta):
    z = beta * X @ q
    return convex(q, X, beta) - (z.max() + np.log(np.exp(z - z.max()).sum())) / beta
"""


@pytest.mark.parametrize(
    "source",
    [
        f"{HESSIAN}def curvature(q, X, beta):\n    return np.eye(len(q)) - hessian(q, X, beta)",
        f"{HESSIAN}def update(q, X, beta):\n    return q - (q - X.T @ softmax(beta * X @ q))",
        f"{HESSIAN}{ENERGIES}def lse(q, X, beta):\n    return convex(q, X, beta) - energy(q, X, beta)",
    ],
    ids=["I − H", "q − ∇E", "E₁ − E"],
)
def test_what_rounds_as_a_larger_term_does_is_double_precision(tmp_path: Path, source: str) -> None:
    checked = check(tmp_path, source, trials=20)
    assert failed(checked) == []
    assert {result.precision for result in checked.results} == {"float64"}


def test_single_precision_has_a_remark(tmp_path: Path) -> None:
    (result,) = check(
        tmp_path,
        f"{HESSIAN}def update(q, X, beta):\n    return np.float32(X.T @ softmax(beta * X @ q))".replace(
            "def hessian", "def other"
        ),
    ).results
    assert (result.passed, result.precision) == (True, "float32")
    assert result.remark == "right to single precision only: is something float32, or do digits cancel?"
