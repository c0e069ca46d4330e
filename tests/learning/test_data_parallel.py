"""One training on several ranks, compared with the same training on one process."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlhw.cnn.architecture import ARCHITECTURES
from dlhw.cnn.recipe import HOMEWORK
from dlhw.cnn.sources import draw_dataset
from dlhw.cnn.task import ClassificationTask
from dlhw.errors import UsageError
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import configure
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.parallel import Ranks
from dlhw.learning.trial_folder import TrialFolder
from tests.ranks import run_ranks

RECIPE = replace(HOMEWORK, dropout=0.0, epochs=2, batch_size=6, mirror=True, shift=2, cut_mix=0.5, ema_decay=0.9)
SIZES = {"train": 34, "validation": 70, "test": 6}

TRAINING = """
    import json, sys
    from pathlib import Path
    from dlhw.errors import InterruptedRun
    from dlhw.learning.device import configure
    from dlhw.learning.loop import fit, resume_state
    from dlhw.learning.parallel import close_ranks
    from dlhw.learning.trial_folder import TrialFolder
    from tests.learning.test_data_parallel import classification_task

    folder, epochs, stops = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "stops"
    compute = configure("cpu", 1)
    task = classification_task(compute)
    trial = TrialFolder(folder)
    state = resume_state(task, trial)
    began = state.epoch
    told = 15 if stops and compute.ranks.rank == 1 else 0
    try:
        for _ in fit(task, trial, state, epochs=epochs, should_stop=lambda: told):
            pass
        stopped = None
    except InterruptedRun as error:
        stopped = error.message
    rows = [{k: v for k, v in row.items() if "second" not in k} for row in state.rows]
    weights = float(sum(each.double().abs().sum() for each in task.model.state_dict().values()))
    print(json.dumps({"began": began, "rows": rows, "weights": weights, "stopped": stopped}))
    close_ranks()
"""


data = functools.cache(lambda: draw_dataset(SIZES, seed=1))


def classification_task(compute: object) -> ClassificationTask:
    return ClassificationTask("gap", SMALL, RECIPE, 3, data(), compute)  # type: ignore[arg-type]


SMALL = replace(ARCHITECTURES["flatten"], average_maps=True)
"""Without batch normalisation, whose parts of a batch are other batches."""


def trained_alone(folder: Path, epochs: int) -> list[dict[str, float]]:
    task, trial = classification_task(configure("cpu", 1)), TrialFolder(folder)
    state = resume_state(task, trial)
    for _ in fit(task, trial, state, epochs=epochs):
        pass
    return state.rows


def test_two_ranks_learn_what_one_learns_and_either_resumes_the_other(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    alone = trained_alone(tmp_path / "alone", 2)
    ended = run_ranks(TRAINING, 2, tmp_path, tmp_path / "both", "1", "goes on", environment=environment)
    assert [one.code for one in ended] == [0, 0], ended
    first, second = (json.loads(one.stdout) for one in ended)
    assert first == second  # the same weights and figures on both, to the last digit
    for name in ("train_loss", "validation_loss", "validation_accuracy"):
        assert first["rows"][0][name] == pytest.approx(alone[0][name], rel=1e-5), name

    state, header = load_checkpoint(tmp_path / "both" / "state.safetensors", kind="state")
    assert header["epoch"] == 1
    assert not any("module." in name for name in state)  # the network itself, not its wrapper
    assert not torch.equal(state["random/cpu"], state["random/1/cpu"])  # each rank drops other features

    rows = trained_alone(tmp_path / "both", 2)  # on one process
    assert rows[1]["train_loss"] == pytest.approx(alone[1]["train_loss"], rel=1e-4)

    trained_alone(tmp_path / "one", 1)
    ended = run_ranks(TRAINING, 2, tmp_path, tmp_path / "one", "2", "stops", environment=environment)
    first, second = (json.loads(one.stdout) for one in ended)
    assert first == second
    assert first["began"] == 1
    assert first["stopped"] == "stopped at epoch 2, step 6 of 6; the state is saved"  # though rank 1 alone was told
    _, header = load_checkpoint(tmp_path / "one" / "state.safetensors", kind="state")
    assert (header["epoch"], header["step"]) == (1, 6)


def test_a_rank_has_an_equal_part_of_a_batch_or_all_of_it() -> None:
    ranks = Ranks(rank=1, size=3)
    assert ranks.rows(6) == range(2, 4)
    assert ranks.rows(7) is None
    assert ranks.rows(3, least=2) is None
    assert Ranks().rows(6) is None


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    Ranks(size=4).check_batch(8)
    with pytest.raises(UsageError, match="a batch of 8 cannot be shared equally by 3 ranks") as refused:
        Ranks(size=3).check_batch(8)
    assert (
        refused.value.hint
        == "take a `batch_size` that is a multiple of 3, or start 1, 2 or 4 ranks, which can share it"
    )
    with pytest.raises(UsageError, match="a batch of 4 cannot be shared equally by 4 ranks, 2 or more each") as refused:
        Ranks(size=4).check_batch(4, least=2)
    assert "start 1 or 2 ranks" in refused.value.hint


def test_where_the_batch_size_is_the_recipes_the_hint_is_about_ranks_alone() -> None:
    """``dlhw ocr train`` has no option for it."""
    with pytest.raises(UsageError) as refused:
        Ranks(size=3).check_batch(32, chosen=False)
    assert refused.value.hint == "start 1, 2 or 4 ranks, which can share it"
