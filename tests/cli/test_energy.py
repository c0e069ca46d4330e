"""``dlhw energy`` as people and programs run it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from dlhw.cli.app import app
from dlhw.errors import DataError, DlhwError, UsageError
from dlhw.hopfield.energy import Energy

KEYS = {
    "command", "version", "seed", "seconds", "patterns", "dimension", "beta", "energy", "convex_part",
    "concave_part", "gradient_norm", "checks", "passed",
}  # fmt: skip
RUN = ["energy", "--threads", "1"]


def test_bare_it_prints_one_document_with_every_claim() -> None:
    result = CliRunner().invoke(app, [*RUN, "--json"])
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document.keys() >= KEYS
    assert (document["patterns"], document["dimension"], document["beta"], document["seed"]) == (8, 64, 0.125, 42)
    assert document["energy"] == pytest.approx(document["convex_part"] + document["concave_part"], rel=1e-12)
    assert document["passed"]
    assert [check["id"] for check in document["checks"]][:5] == ["1", "2", "3", "4", "5a"]
    for check in document["checks"]:
        assert check.keys() == {"id", "claim", "points", "worst", "tolerance", "passed"}
        assert 0 <= check["worst"] <= check["tolerance"]


def test_a_person_sees_a_table_with_every_claim() -> None:
    result = CliRunner().invoke(app, RUN)
    assert result.exit_code == 0
    assert result.stdout.count("holds") == 18
    assert "convex part E₁" in result.stdout


@pytest.mark.parametrize("name", ["beta", "sign", "axis", "log-n", "norm", "transpose", "gradient", "hessian"])
def test_a_mistake_fails_after_its_document_is_printed(name: str) -> None:
    result = CliRunner().invoke(app, [*RUN, "--mutate", name, "--json"])
    document = json.loads(result.stdout)
    failed = [check["id"] for check in document["checks"] if not check["passed"]]
    assert failed
    assert document["passed"] is False
    assert isinstance(result.exception, DlhwError)
    assert result.exception.exit_code == 1
    assert ", ".join(failed) in result.exception.message


def test_trials_add_points() -> None:
    documents = [
        json.loads(CliRunner().invoke(app, [*RUN, "--json", "--trials", str(trials)]).stdout) for trials in (0, 3)
    ]
    assert documents[1]["checks"][0]["points"] == documents[0]["checks"][0]["points"] + 3 * 8


def test_own_patterns_and_query(tmp_path: Path) -> None:
    (tmp_path / "memory.csv").write_text("3,-4\n")
    np.save(tmp_path / "query.npy", np.array([0.0, 0.0]))
    arguments = ["--patterns", str(tmp_path / "memory.csv"), "--query", str(tmp_path / "query.npy"), "--beta", "2"]
    document = json.loads(CliRunner().invoke(app, [*RUN, *arguments, "--json"]).stdout)
    assert document["energy"] == pytest.approx(12.5)
    assert document["gradient_norm"] == pytest.approx(5)
    assert document["hessian_eigenvalues"] == {"smallest": 1.0, "largest": 1.0}


def test_every_query_is_answered(tmp_path: Path) -> None:
    np.save(tmp_path / "memory.npy", np.eye(3))
    np.save(tmp_path / "six.npy", np.arange(18.0).reshape(6, 3) / 9)
    files = ["--patterns", str(tmp_path / "memory.npy"), "--query", str(tmp_path / "six.npy")]
    document = json.loads(CliRunner().invoke(app, [*RUN, *files, "--json"]).stdout)
    energy = Energy(torch.eye(3, dtype=torch.float64))
    expected = [float(energy.value(q)) for q in torch.arange(18.0, dtype=torch.float64).view(6, 3) / 9]
    assert [row["energy"] for row in document["query_results"]] == pytest.approx(expected)
    assert (document["queries"], document["checked_queries"]) == (6, 6)
    assert document["checks"][0]["points"] == 13 + 3 * 8
    shown = CliRunner().invoke(app, [*RUN, *files]).stdout
    assert all(f"{value:.6f}" in shown for value in expected)


def test_claims_are_checked_at_the_first_queries_of_many_and_it_is_said(tmp_path: Path) -> None:
    np.save(tmp_path / "many.npy", np.random.default_rng(0).standard_normal((100, 64)))
    result = CliRunner().invoke(app, [*RUN, "--query", str(tmp_path / "many.npy")])
    assert "the first 8 of 100 queries among them" in result.stdout
    assert "and 88 more; --json has the first 64" in result.stdout


@pytest.mark.parametrize("beta", ["1e-40", "5e-324", "1e120", "1e160", "1e300"])
@pytest.mark.parametrize("command", ["energy", "cccp"])
def test_a_beta_beyond_the_range_of_numbers_is_refused(command: str, beta: str) -> None:
    result = CliRunner().invoke(app, [command, "--threads", "1", "--beta", beta, "--json"])
    assert isinstance(result.exception, UsageError)
    assert "β must be from 1e-30 to 1e+30" in result.exception.message
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["energy", "cccp"])
@pytest.mark.parametrize(("file", "scale"), [("X", 1e150), ("q", 1e160), ("X", 1e-170)])
def test_numbers_whose_squares_leave_the_range_are_refused(
    tmp_path: Path, command: str, file: str, scale: float
) -> None:
    for name in ("X", "q"):
        signs = np.random.default_rng(0).choice([-1.0, 1.0], (6, 16))
        np.save(tmp_path / f"{name}.npy", signs * (scale if name == file else 1))
    files = ["--patterns", str(tmp_path / "X.npy"), "--query", str(tmp_path / "q.npy")]
    result = CliRunner().invoke(app, [command, "--threads", "1", *files, "--json"])
    assert isinstance(result.exception, DataError)
    assert "flow float64" in result.exception.message
    assert result.stdout == ""


def test_an_energy_that_is_rounding_shows_as_zero(tmp_path: Path) -> None:
    (tmp_path / "memory.csv").write_text("0.1,0.7,0.3\n")
    files = ["--patterns", str(tmp_path / "memory.csv"), "--query", str(tmp_path / "memory.csv")]
    document = json.loads(CliRunner().invoke(app, [*RUN, *files, "--json"]).stdout)
    assert 0 < abs(document["energy"]) < document["energy_rounding"]
    assert re.search(r"energy E +0 ", CliRunner().invoke(app, [*RUN, *files]).stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--beta", "0"],
        ["--beta", "nan"],
        ["--count", "0"],
        ["--trials", "-1"],
        ["--seed", "-3"],
        ["--seed", str(2**32)],
    ],
)
def test_options_out_of_range_are_wrong_usage(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, [*RUN, *arguments])
    assert isinstance(result.exception, UsageError)
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["energy", "cccp"])
@pytest.mark.parametrize("threads", ["10000", "100000"])
def test_far_more_threads_than_cores_are_refused(command: str, threads: str) -> None:
    result = CliRunner().invoke(app, [command, "--threads", threads, "--json"])
    assert isinstance(result.exception, UsageError)
    assert "at most" in result.exception.message
    assert result.stdout == ""


def test_an_unknown_mistake_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, [*RUN, "--mutate", "nothing"]).exit_code == 2


def test_images_are_drawn_and_named(tmp_path: Path) -> None:
    arguments = ["--count", "3", "--dimension", "1", "--figures", str(tmp_path / "new"), "--json"]
    document = json.loads(CliRunner().invoke(app, [*RUN, *arguments]).stdout)
    # One number a pattern makes no plane.
    assert document["figures"] == [str(tmp_path / "new" / "bifurcation.png")]


def test_the_numbers_of_a_mistake_are_said_to_be_its_own() -> None:
    assert ", with the mistake sign" in CliRunner().invoke(app, [*RUN, "--mutate", "sign"]).stdout.splitlines()[0]
    assert "mistake" not in CliRunner().invoke(app, RUN).stdout.splitlines()[0]
