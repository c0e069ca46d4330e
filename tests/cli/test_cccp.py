"""``dlhw cccp`` as people and programs run it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from dlhw.cli.app import app
from dlhw.errors import DataError, UsageError
from tests.conftest import Invoke

KEYS = {
    "command", "version", "seed", "seconds", "patterns", "dimension", "beta", "energy", "convex_part",
    "concave_part", "gradient_norm", "checks", "passed", "queries", "iterations", "converged", "statuses",
    "energies", "residual", "certificate", "separation",
}  # fmt: skip
CERTIFICATE = {
    "certified", "reason", "kind", "lambda_upper", "error_bound", "uniqueness_radius", "effective_patterns",
}  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["cccp", "--threads", "1", *arguments])


def test_bare_it_retrieves_a_pattern_and_certifies_it() -> None:
    result = run("--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document.keys() >= KEYS
    assert (document["patterns"], document["dimension"], document["beta"], document["seed"]) == (8, 64, 0.125, 42)
    assert document["converged"]
    assert document["statuses"] == ["converged"]
    assert document["queries"] == 1
    assert len(document["energies"]) == document["iterations"] + 1
    assert document["energies"][-1] == pytest.approx(document["energy"])
    assert document["gradient_norm"] == pytest.approx(document["residual"], rel=1e-4)
    assert document["certificate"].keys() >= CERTIFICATE
    assert document["certificate"]["certified"]
    assert document["certificate"]["kind"] == "minimum"
    assert document["passed"]
    assert "attention" not in document


def test_check_attention_adds_to_the_iteration() -> None:
    document = json.loads(run("--json", "--check-attention").stdout)
    assert document.keys() >= KEYS | {"attention"}
    assert document["attention"]["passed"]
    assert {each["dtype"] for each in document["attention"]["implementations"]} == {"float64", "float32", "bfloat16"}
    assert all(control["detected"] for control in document["attention"]["controls"])


def test_what_is_not_judged_is_marked_without_colour_too() -> None:
    shown = run("--check-attention").stdout
    assert "( ): shown, not judged." in shown
    assert re.search(r"  \(\d\.\de[+-]\d\d\) ", shown), shown


def test_check_attention_accepts_the_scale_of_attention_alone() -> None:
    assert run("--check-attention", "--beta", "0.125", "--json").exit_code == 0
    result = run("--check-attention", "--beta", "0.25", "--json")
    assert isinstance(result.exception, UsageError)
    assert result.stdout == ""


def test_a_person_sees_that_the_fall_adds_up() -> None:
    result = run("--check-attention", "--progress", "plain")
    assert result.exit_code == 0
    assert "add up to the fall at all" in result.stdout
    assert "Certified: a minimum of E" in result.stdout
    assert "all 8 patterns come back" in result.stdout
    assert result.stdout.count("distinguished") == 4
    assert result.stderr.startswith("cccp · random patterns of ±1 · 8 × 64")


def test_many_queries_have_a_status_each(tmp_path: Path) -> None:
    np.save(tmp_path / "patterns.npy", np.array([[1.0], [-1.0]]))
    np.save(tmp_path / "queries.npy", np.array([[0.0], [0.5], [-0.5]]))
    files = ["--patterns", str(tmp_path / "patterns.npy"), "--query", str(tmp_path / "queries.npy")]
    document = json.loads(run(*files, "--steps", "30", "--json").stdout)
    assert document["statuses"] == ["converged", "out of steps", "out of steps"]
    assert document["converged"] is False
    assert document["iterations"] == 30
    shown = run(*files, "--steps", "30")
    assert shown.exit_code == 0
    assert "1 of 3 queries converged" in shown.stdout


def test_a_long_iteration_shows_its_beginning_and_its_end() -> None:
    result = run("--count", "2", "--dimension", "1", "--seed", "3", "--tol", "0", "--steps", "40", "--beta", "0.99")
    assert result.exit_code == 0
    assert "…" in result.stdout
    assert "Not certified" in result.stdout or "Certified" in result.stdout


def test_a_maximum_is_plainly_not_certified(tmp_path: Path) -> None:
    (tmp_path / "pair.csv").write_text("1\n-1\n")
    (tmp_path / "zero.csv").write_text("0\n")
    files = ["--patterns", str(tmp_path / "pair.csv"), "--query", str(tmp_path / "zero.csv"), "--beta", "4"]
    document = json.loads(run(*files, "--json").stdout)
    assert document["certificate"]["certified"] is False
    assert document["certificate"]["kind"] == "maximum"
    assert document["certificate"]["error_bound"] is None
    assert "Not certified: a maximum" in run(*files).stdout


def test_unequal_norms_are_explained(tmp_path: Path) -> None:
    (tmp_path / "memory.csv").write_text("1,1,0\n2,2,0.1\n0,0,3\n")
    result = run("--patterns", str(tmp_path / "memory.csv"), "--beta", "5")
    assert "1 of 3 patterns cannot be retrieved" in result.stdout
    assert "pattern 1 overlaps more with it than it does itself" in result.stdout


@pytest.mark.parametrize("beta", ["0.01", "0.02"])
def test_the_mean_of_all_and_patterns_that_come_back_exclude_each_other(beta: str) -> None:
    result = run("--count", "2", "--beta", beta)
    assert result.exit_code == 0
    assert "the mean of all" in result.stdout
    assert "2 of 2 patterns cannot be retrieved" in result.stdout


def test_a_blend_with_a_majority_is_no_mean(tmp_path: Path) -> None:
    (tmp_path / "pair.csv").write_text("1\n-1\n")
    result = run("--patterns", str(tmp_path / "pair.csv"), "--beta", "1.05")
    assert re.search(r"1\.8\d+ of 2: a mixture", result.stdout)
    assert "all 2 patterns come back" in result.stdout


@pytest.mark.parametrize(
    "arguments", [["--steps", "-1"], ["--tol", "-1"], ["--tol", "nan"], ["--beta", "inf"], ["--threads", "0"]]
)
def test_options_out_of_range_are_wrong_usage(arguments: list[str]) -> None:
    result = run(*arguments, "--json")
    assert isinstance(result.exception, UsageError)
    assert result.stdout == ""


def test_a_query_of_another_dimension_is_bad_data(tmp_path: Path) -> None:
    (tmp_path / "query.csv").write_text("1,2,3\n")
    result = run("--query", str(tmp_path / "query.csv"), "--json")
    assert isinstance(result.exception, DataError)
    assert "queries of 64 numbers" in result.exception.message


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, two = (json.loads(run("--seed", "9", "--json").stdout) for _ in range(2))
    timing = ("seconds", "certificate_seconds")
    assert {k: v for k, v in one.items() if k not in timing} == {k: v for k, v in two.items() if k not in timing}


def test_a_folder_that_cannot_be_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = run("--figures", str(tmp_path / "taken"), "--json")
    assert isinstance(result.exception, DataError)
    assert result.stdout == ""
    assert result.stderr == ""  # not a step was made


def test_a_fall_that_is_rounding_shows_as_zero() -> None:
    result = run("--tol", "0", "--progress", "none")
    document = json.loads(run("--tol", "0", "--json").stdout)
    falls = [before - after for before, after in zip(document["energies"], document["energies"][1:], strict=False)]
    assert any(abs(fall) < 1e-13 for fall in falls)
    rows = [line.split() for line in result.stdout.splitlines() if "✓" in line]
    assert rows[0][2] == "2.489e+01"
    assert rows[-1][2] == "0"
    assert "0: a fall in E that is no more than rounding" in result.stdout


def test_of_large_states_the_attention_says_what_was_compared(tmp_path: Path) -> None:
    result = run("--dimension", "600", "--check-attention", "--progress", "none")
    assert "Compared on 512 of 600 coordinates, drawn at random, for MultiheadAttention." in result.stdout
    assert "Compared on" not in run("--check-attention", "--progress", "none").stdout


def test_images_are_drawn_and_named(tmp_path: Path) -> None:
    (tmp_path / "memory.csv").write_text("1,0.1\n-0.5,0.9\n-0.4,-1\n")
    arguments = ["--patterns", str(tmp_path / "memory.csv"), "--beta", "5", "--figures", str(tmp_path / "new")]
    document = json.loads(run(*arguments, "--json").stdout)
    names = ["energy-plane.png", "energy-steps.png", "retrieval.png"]
    assert document["figures"] == [str(tmp_path / "new" / name) for name in names]
    assert all(Path(path).stat().st_size > 10_000 for path in document["figures"])


def test_saved_states_are_where_the_queries_end(tmp_path: Path, invoke: Invoke) -> None:
    first = json.loads(invoke("cccp", "--save", "end.npy", "--json").stdout)
    assert first["saved"] == "end.npy"
    again = json.loads(invoke("cccp", "--query", "end.npy", "--json").stdout)
    assert again["iterations"] <= 2
    assert again["energy"] == pytest.approx(first["energy"], rel=1e-12)
    refused = invoke("cccp", "--save", "nowhere/end.npy")
    assert (refused.code, refused.stdout) == (1, "")
    assert "nowhere/end.npy cannot be written" in refused.stderr
