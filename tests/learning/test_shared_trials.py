"""Trials dealt out to several ranks: the same weights as in one process."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from dlhw.learning.device import Compute
from dlhw.learning.run import start_run
from dlhw.learning.side_by_side import threads_each, train_trials
from tests.learning.test_side_by_side import LineTrial
from tests.ranks import run_ranks

RATES = (0.001, 0.002, 0.003, 0.004, 0.005)

TRIALS = """
    import json, sys
    from pathlib import Path
    from dlhw.errors import DlhwError, InterruptedRun
    from dlhw.learning.device import configure
    from dlhw.learning.parallel import close_ranks
    from dlhw.learning.run import start_run
    from dlhw.learning.side_by_side import train_trials
    from tests.learning.test_shared_trials import RATES
    from tests.learning.test_side_by_side import Diary, IdleTrial, LineTrial

    compute = configure("cpu", 2)
    rank, diary = compute.ranks.rank, Diary()
    found = {}
    with start_run("line", out=Path("shared"), ranks=compute.ranks) as run:
        run.write_config({"epochs": 3})
        outcomes = train_trials([LineTrial(rate=rate) for rate in RATES], run, compute, each=1, observer=diary)
        found["processes"] = len({outcome["process"] for outcome in outcomes})
        found["told"] = {label: told[-1] for label, told in diary.told.items()}
        found["there"] = run.directory.name
    print(json.dumps(found), flush=True)
    close_ranks()
"""

STOPPING = """
    import sys, time
    from pathlib import Path
    from dlhw.errors import DlhwError
    from dlhw.learning.device import configure
    from dlhw.learning.parallel import close_ranks
    from dlhw.learning.run import start_run
    from dlhw.learning.side_by_side import train_trials
    from tests.learning.test_side_by_side import IdleTrial

    compute = configure("cpu", 2)
    told = 15 if sys.argv[1] == "stop" and compute.ranks.rank == 1 else 0
    trials = [IdleTrial(name="a", accident=sys.argv[1]), IdleTrial(name="b")]
    try:
        with start_run("idle", out=Path("idle"), ranks=compute.ranks) as run:
            run.write_config({"epochs": 3})
            train_trials(trials, run, compute, each=1, should_stop=lambda: told)
    except DlhwError as error:
        print(error.exit_code, error.message)
    close_ranks()  # rank 0 holds the store that the other one may still read
"""


def environment() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2])}


def test_trials_on_two_ranks_end_in_the_same_bits_as_in_one_process(tmp_path: Path) -> None:
    ended = run_ranks(TRIALS, 2, tmp_path, environment=environment())
    assert [one.code for one in ended] == [0, 0], ended
    first = json.loads(ended[0].stdout)
    assert first["processes"] == 2
    assert first["told"] == {f"learning rate {rate}": "finished" for rate in RATES}  # rank 0 sees all of them
    one = Compute(device=torch.device("cpu"), threads=1, deterministic=False)
    with start_run("line", out=tmp_path / "alone") as run:
        train_trials([LineTrial(rate=rate) for rate in RATES], run, one)
    for rate in RATES:
        ours, theirs = ((tmp_path / run / f"lr{rate}" / "best.safetensors").read_bytes() for run in ("shared", "alone"))
        assert ours == theirs


def test_a_stop_or_a_failure_on_one_rank_ends_all(tmp_path: Path) -> None:
    stopped = run_ranks(STOPPING, 2, tmp_path, "stop", environment=environment())
    assert {one.stdout.partition(" ")[0] for one in stopped} == {"143"}, stopped
    (tmp_path / "idle").rename(tmp_path / "stopped")
    failed = run_ranks(STOPPING, 2, tmp_path, "bad data", environment=environment())
    assert failed[0].stdout == failed[1].stdout, failed
    assert failed[0].stdout.endswith(": the images are gone\n")
    assert failed[0].stdout.startswith("1 rank ")


def test_a_trial_has_as_many_threads_as_in_one_process() -> None:
    from dlhw.learning.parallel import Ranks

    def of(threads: int, ranks: int) -> Compute:
        both = Ranks(size=ranks, local_size=ranks)
        return Compute(device=torch.device("cpu"), threads=threads // ranks, deterministic=False, ranks=both)

    for trials in (2, 3, 8):
        assert threads_each(of(4, 2), trials) == threads_each(of(4, 1), trials)
