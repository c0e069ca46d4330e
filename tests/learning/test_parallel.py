from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from dlhw.errors import RankError, UsageError
from dlhw.learning import launch, parallel
from dlhw.learning.parallel import ALONE
from tests.ranks import run_ranks

COLLECTIVES = """
    import json, torch
    from dlhw.learning.device import configure
    from dlhw.learning.parallel import close_ranks

    compute = configure("cpu", 8)
    ranks = compute.ranks
    batch = torch.nn.BatchNorm1d(2)
    batch.running_mean.fill_(ranks.rank)
    ranks.average_buffers(batch)
    linear = torch.nn.Linear(2, 1, bias=False)  # from other weights on every rank
    wrapped = ranks.wrap(linear)
    wrapped(torch.tensor([[1.0, ranks.rank]])).sum().backward()
    first = ranks.on_first(lambda: f"made by {ranks.rank}")
    found = {
        "threads": compute.threads,
        "sum": ranks.sum_(torch.tensor([1.0, ranks.rank])).tolist(),
        "maximum": ranks.maximum_(torch.tensor([0.5 * ranks.rank, 1.0 - ranks.rank])).tolist(),
        "greatest": ranks.greatest(ranks.rank, -ranks.rank),
        "gathered": ranks.gather(("of", ranks.rank)),
        "broadcast": ranks.broadcast(10 + ranks.rank),
        "first": first,
        "mean": batch.running_mean.tolist(),
        "gradient": linear.weight.grad.tolist(),
        "same weights": len(set(map(str, ranks.gather(linear.weight.tolist())))) == 1,
        "numbers": sorted(sum(ranks.gather([ranks.next_number("trial") for _ in range(2)]), [])),
        "share": list(ranks.share(7)),
    }
    print(json.dumps(found))
    close_ranks()
"""


def test_three_ranks_meet_and_agree(tmp_path: Path) -> None:
    ended = run_ranks(COLLECTIVES, 3, tmp_path)
    assert [one.code for one in ended] == [0, 0, 0], ended
    found = [json.loads(one.stdout) for one in ended]
    assert found[1] == {
        "threads": 2,  # eight, of all three
        "sum": [3.0, 3.0],
        "maximum": [1.0, 1.0],
        "greatest": [2, 0],
        "gathered": [["of", 0], ["of", 1], ["of", 2]],
        "broadcast": 10,
        "first": "made by 0",
        "mean": [1.0, 1.0],
        "gradient": [[1.0, 1.0]],
        "same weights": True,
        "numbers": [0, 1, 2, 3, 4, 5],
        "share": [1, 4],
    }
    assert [one.pop("share") for one in found] == [[0, 3, 6], [1, 4], [2, 5]]
    assert found[0] == found[1] == found[2]


def test_alone_every_call_does_nothing() -> None:
    tensor, network = torch.ones(3), nn.BatchNorm1d(2)
    assert ALONE.sum_(tensor) is ALONE.maximum_(tensor) is tensor
    assert ALONE.wrap(network) is network
    ALONE.average_buffers(network)
    assert ALONE.gather("x") == ["x"]
    assert ALONE.greatest(1, 2) == (1, 2)
    assert ALONE.broadcast(7) == ALONE.on_first(lambda: 7) == 7
    assert list(ALONE.share(3)) == [0, 1, 2]
    ALONE.barrier()
    ALONE.check_same("options", [])
    with ALONE.agreed():
        pass
    assert parallel.open_ranks() is ALONE


def test_a_process_that_was_started_alone_opens_no_group() -> None:
    program = """
from dlhw.learning.device import configure
configure("cpu")
import torch.distributed as dist
assert not dist.is_initialized()
"""
    subprocess.run([sys.executable, "-c", program], check=True)


FAILING = """
    import json, os, sys, time
    from dlhw.errors import DataError
    from dlhw.learning.device import configure

    def fail(which):
        if which is None or which == ranks.rank:
            raise DataError("there is no such folder", "give another")

    found = []
    ranks = configure("cpu", 1).ranks

    def told(what):
        try:
            what()
        except Exception as error:
            found.append([type(error).__name__, error.message, error.hint, error.shared])

    def agreed(which):
        with ranks.agreed():
            fail(which)

    told(lambda: agreed(1))
    told(lambda: agreed(None))
    told(lambda: ranks.on_first(lambda: fail(0)))
    told(lambda: ranks.check_same("data", {"pixels": ranks.rank}))
    told(lambda: ranks.check_same("data", {"pixels": 5}))
    if ranks.rank == 1 and sys.argv[1] == "ends":
        print(json.dumps(found), flush=True)
        os._exit(7)
    if ranks.rank == 1:
        time.sleep(30)
    told(ranks.barrier)
    print(json.dumps(found), flush=True)
"""

SAME_FOR_ALL = [
    ["RankError", "rank 1: there is no such folder", "give another", True],
    ["RankError", "there is no such folder", "give another", True],
    ["RankError", "there is no such folder", "give another", True],
    [
        "RankError",
        "the ranks have different data: rank 0 has pixels 0, and rank 1 has pixels 1",
        "give every rank the same command line, the same data and the same versions",
        True,
    ],
]


@pytest.mark.parametrize(("what", "within"), [("ends", ""), ("is stuck", " within 6 seconds")])
def test_what_goes_wrong_on_one_rank_is_known_to_all(tmp_path: Path, what: str, within: str) -> None:
    first, second = run_ranks(FAILING, 2, tmp_path, what, environment={"DLHW_RANK_TIMEOUT": "6"}, wait_for=[0])
    *same, lost = json.loads(first.stdout)
    assert same == SAME_FOR_ALL
    assert lost[:2] == ["RankError", f"rank 1 did not answer{within}: it has ended, or is stuck"]
    assert lost[3] is False  # rank 1 cannot tell
    if what == "ends":
        assert json.loads(second.stdout) == SAME_FOR_ALL


OTHER = """
    import os, sys
    from dlhw.learning import parallel
    from dlhw.learning.device import configure

    if os.environ["RANK"] == "1":
        sys.argv.append("--other") if sys.argv[1] == "options" else setattr(parallel, "__version__", "9.9")
    try:
        configure("cpu", 1)
    except Exception as error:
        print(error.message, error.shared)
"""


@pytest.mark.parametrize(
    ("what", "told"),
    [("options", "options: rank 0 has options, and rank 1 has options --other True"), ("versions", "versions: ")],
)
def test_ranks_of_other_options_or_versions_are_refused(tmp_path: Path, what: str, told: str) -> None:
    ended = run_ranks(OTHER, 2, tmp_path, what)
    assert f"the ranks have different {told}" in ended[0].stdout
    assert ended[0].stdout == ended[1].stdout


def as_rank(monkeypatch: pytest.MonkeyPatch, rank: int, size: int, **others: str) -> None:
    variables = {"RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": size}
    for name, value in {**variables, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": 1, **others}.items():
        monkeypatch.setenv(name, str(value))


def test_a_port_that_is_in_use_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        as_rank(monkeypatch, 0, 2, MASTER_PORT=str(other.getsockname()[1]), DLHW_RANK_TIMEOUT="5")
        with pytest.raises(RankError, match=r"rank 0 of 2 could not connect to others at 127.0.0.1:\d+") as refused:
            parallel.open_ranks()
    assert "is the port free" in refused.value.hint


def test_a_time_out_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLHW_RANK_TIMEOUT", "soon")
    with pytest.raises(UsageError, match="DLHW_RANK_TIMEOUT must be a number of seconds above 0; got soon"):
        launch.timeout()


def test_a_variable_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(monkeypatch, 0, 2, WORLD_SIZE="many")
    with pytest.raises(UsageError, match="WORLD_SIZE must be a number; got 'many'"):
        launch.launched()


def test_more_ranks_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(monkeypatch, 3, 4)
    assert launch.device_index(4) == 3
    with pytest.raises(UsageError, match="this machine has 4 ranks and 2 GPUs"):
        launch.device_index(2)


def test_a_restart_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    as_rank(monkeypatch, 1, 2)
    assert not launch.restarted()
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert launch.restarted()
    launch.work_alone()
    assert not launch.launched()


ENDING = """
import atexit, sys
from dlhw.learning.parallel import end_rank

class Late:
    def __del__(self):
        print("taken down", flush=True)

late = Late()
atexit.register(lambda: print("exit handler"))
end_rank(3)
"""


def test_a_rank_ends_without_taking_the_interpreter_down_under_the_threads_of_gloo() -> None:
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (3, "exit handler\n")
