from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import PIL
import pytest
import torch
from PIL import features
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dlhw.cores import usable_cores
from dlhw.errors import UsageError
from dlhw.learning.device import DETERMINISTIC_WORKSPACES, Compute, configure, environment, in_force
from dlhw.learning.parallel import Ranks
from tests.cnn.networks import random_network
from tests.ocr.test_network import network as word_network


def test_the_threads_are_the_usable_cores_unless_told() -> None:
    assert configure("cpu").threads == torch.get_num_threads() == usable_cores()
    assert configure("cpu", 1).threads == torch.get_num_threads() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_affinity_limits_the_cores() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_threads_must_be_positive() -> None:
    with pytest.raises(UsageError, match="`threads` must be 1 or more; got 0"):
        configure("cpu", 0)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="`device` cuda is not available") as refused:
        configure("cuda")
    assert "cpu" in refused.value.hint


def test_a_device_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="`device` is one of auto, cpu, cuda, mps, got 'gpu'"):
        configure("gpu")  # type: ignore[arg-type]


def test_an_environment_says_what_decides_how_words_are_rendered() -> None:
    versions = environment(configure("cpu", 1))["versions"]
    assert {"pillow", "fonttools", "wordfreq", "torch"} <= versions.keys()
    assert versions["pillow"] == PIL.__version__
    assert versions["freetype"] == features.version("freetype2")


def test_threads_are_in_force_for_a_while_and_then_as_before() -> None:
    two = configure("cpu", 2)
    torch.set_num_threads(1)
    with in_force(two):
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 1
    with pytest.raises(KeyError), in_force(two):
        raise KeyError
    assert torch.get_num_threads() == 1


def test_float32_is_not_rounded_to_tf32() -> None:
    torch.backends.cudnn.allow_tf32 = True  # as PyTorch begins
    configure("cpu", 1)
    cudnn: Any = torch.backends.cudnn
    assert cudnn.conv.fp32_precision == cudnn.rnn.fp32_precision == "ieee"
    assert not torch.backends.cudnn.allow_tf32  # an error where the older and the newer flags disagree
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.nightly  # PyTorch imports its compiler for this, which takes seconds
@pytest.mark.parametrize("given", [None, ":4096:8"])
def test_deterministic_reaches_pytorch(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DETERMINISTIC_WORKSPACES:
        monkeypatch.setenv(name, "")  # so that it is as before when the test has ended
        monkeypatch.delenv(name)
    if given is not None:
        monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", given)
    try:
        assert configure("cpu", 1, deterministic=True).deterministic
        assert torch.are_deterministic_algorithms_enabled()
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == (given or ":16:8")
        assert os.environ.get("CUBLASLT_WORKSPACE_SIZE") == (None if given else "128")
    finally:
        configure("cpu", 1)
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_environment_names_what_made_the_numbers() -> None:
    said = environment(configure("cpu", 1))
    assert said["versions"]["torch"] == torch.__version__.split("+")[0]
    assert said["threads"] == 1
    assert said["processor"]


def test_determinism_is_refused_where_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with pytest.raises(UsageError, match="`deterministic` cannot be kept on mps"):
        configure("mps", deterministic=True)


def test_synchronized_batch_normalisation_is_refused_where_pytorch_has_none() -> None:
    with pytest.raises(UsageError, match="`sync_batchnorm` needs a CUDA GPU for each rank"):
        configure("cpu", 1, sync_batchnorm=True)


@pytest.mark.parametrize("make", [random_network, word_network])
def test_batch_normalisation_is_synchronized_where_several_ranks_ask_for_it(make: Callable[[], nn.Module]) -> None:
    network = make()
    asked = Compute(device=torch.device("cpu"), threads=1, deterministic=False, sync_batchnorm=True)
    assert not any(isinstance(layer, nn.SyncBatchNorm) for layer in asked.synchronized(network).modules())
    before, parameters = {**network.state_dict()}, list(network.parameters())
    kinds = [type(layer) for layer in network.modules()]
    converted = replace(asked, ranks=Ranks(size=2)).synchronized(network)
    assert converted is network
    for one, kind in zip(converted.modules(), kinds, strict=True):
        assert type(one) is (nn.SyncBatchNorm if issubclass(kind, _BatchNorm) else kind)
    assert all(mine is theirs for mine, theirs in zip(converted.parameters(), parameters, strict=True))
    assert converted.state_dict().keys() == before.keys()
    assert all(torch.equal(tensor, before[name]) for name, tensor in converted.state_dict().items())
