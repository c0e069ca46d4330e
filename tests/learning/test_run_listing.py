from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlhw.console.runs import _ended as runs_counts
from dlhw.errors import RunError
from dlhw.learning.files import write_json
from dlhw.learning.run import Run, read_config, start_run
from dlhw.learning.run_listing import differences, find_runs, list_run, prune
from dlhw.learning.trial_folder import STATE

ROW = {
    "epoch": 1, "train_loss": 1.0, "learning_rate": 0.1, "seconds": 1.0, "images_per_second": 5.0, "best_epoch": 1,
    "best_value": 0.5, "validation_loss": 1.2, "validation_accuracy": 0.5,
}  # fmt: skip


def make_run(root: Path, *, finished: bool = True, **settings: Any) -> Path:
    with start_run("cnn-train", root=root) as run:
        run.write_config({"epochs": 2, **settings})
        for name in ("lr0.1-seed1", "lr0.1-seed2"):
            folder = run.trial_folder(name)
            folder.write_metrics([ROW, ROW | {"epoch": 2, "validation_accuracy": 0.4}])
            folder.state_path.write_bytes(b"x" * 1000)
            if finished or name.endswith("1"):
                folder.write_outcome({"status": "finished", "epochs": 2})
        return run.directory


def test_runs_are_found_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    made = [make_run(tmp_path) for _ in range(11)]
    assert find_runs(tmp_path) == made
    assert find_runs(made[3]) == [made[3]]
    assert find_runs(tmp_path / "nowhere") == []


def test_a_trial_says_how_far_it_is_and_what_it_is_chosen_by(tmp_path: Path) -> None:
    run = list_run(make_run(tmp_path, finished=False))
    assert (run.command, run.status, run.problem) == ("cnn-train", "unfinished", None)
    first, second = run.trials
    assert (first.name, first.epochs, first.ended, second.ended) == ("lr0.1-seed1", 2, True, False)
    assert (first.quantity, first.best_value, first.best_epoch) == ("validation_accuracy", 0.5, 1)
    assert run.state_bytes == 1000
    assert run.total_bytes > 2000


def test_a_run_that_is_held_is_running_and_is_not_pruned(tmp_path: Path) -> None:
    directory = make_run(tmp_path)
    with Run(directory, "cnn-train"):
        assert list_run(directory).status == "running"
        with pytest.raises(RunError, match="another process"):
            prune(directory)
    assert list_run(directory).status == "unfinished"


def test_pruning_takes_the_states_of_ended_trials_alone(tmp_path: Path) -> None:
    directory = make_run(tmp_path, finished=False)
    before = {path for path in directory.rglob("*") if path.is_file()}
    assert prune(directory) == 1000
    assert before - {path for path in directory.rglob("*") if path.is_file()} == {directory / "lr0.1-seed1" / STATE}
    assert prune(directory) == 0


def test_runs_differ_in_settings_at_any_depth(tmp_path: Path) -> None:
    settings: list[tuple[int, dict[str, Any]]] = [(1, {}), (2, {"recipe": "strong"})]
    runs = [
        list_run(make_run(tmp_path, seed=seed, images={"source": "intel48", "size": 48}, **extra))
        for seed, extra in settings
    ]
    assert differences(runs) == {"seed": [1, 2], "recipe": [None, "strong"]}


@pytest.mark.parametrize(
    ("command", "settings", "asked"),
    [
        ("cnn-train", {"learning_rates": [0.1, 0.01, 0.001]}, 3),  # of an earlier version, without seeds
        ("cnn-train", {"learning_rates": [0.1, 0.01], "seeds": 2}, 4),
        ("cnn-study", {"variants": ["a", "b"], "seeds": 3}, 6),
        ("ocr-train", {"seeds": 3}, 3),
        ("ocr-train", {}, 1),
        ("cnn-train", {}, None),
        ("another", {"seeds": 3}, None),
    ],
)
def test_trials_that_have_not_begun_are_counted(
    tmp_path: Path, command: str, settings: dict[str, Any], asked: int | None
) -> None:
    with start_run(command, root=tmp_path) as run:
        run.write_config({"epochs": 2, **settings})
        run.trial_folder("first").write_metrics([])
    listed = list_run(run.directory)
    assert (len(listed.trials), listed.asked) == (1, asked)
    assert listed.as_document()["trials_asked"] == asked
    assert runs_counts(listed.as_document()) == ("0 of 1 begun" if asked is None else f"0 of {asked}")


def test_a_trial_that_is_extended_has_not_ended_and_keeps_its_state(tmp_path: Path) -> None:
    directory = make_run(tmp_path)
    write_json(directory / "config.json", read_config(directory) | {"epochs": 3})
    listed = list_run(directory)
    assert [trial.ended for trial in listed.trials] == [False, False]
    assert (listed.state_bytes, prune(directory)) == (0, 0)


def test_a_damaged_run_is_listed_with_the_reason(tmp_path: Path) -> None:
    directory = make_run(tmp_path)
    (directory / "lr0.1-seed1/metrics.jsonl").write_text(json.dumps(ROW | {"epoch": "one"}) + "\n")
    run = list_run(directory)
    assert run.status == "damaged"
    assert run.problem is not None
    assert "metrics.jsonl, line 1, is damaged" in run.problem
    (directory / "config.json").write_text("[")
    assert list_run(directory).status == "damaged"


def test_another_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run directory"):
        list_run(tmp_path)
