from __future__ import annotations

import math
from typing import NamedTuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlhw.ocr.alphabet import END
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Candidate, Decoder, log_probabilities, select_hypotheses, select_images
from dlhw.ocr.decoding.nucleus import NucleusSampling
from tests.ocr.tables import Memory, State, TableNetwork, table


class Pair(NamedTuple):
    hidden: Tensor
    cell: Tensor


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_distribution_is_float32_over_what_can_be_written(dtype: torch.dtype) -> None:
    logits = torch.tensor([[50.0, 40.0, 1.0, 2.0, 3.0]], dtype=dtype)
    result = log_probabilities(logits)
    assert result.dtype == torch.float32
    assert result[0, :END].tolist() == [-math.inf, -math.inf]
    assert result.exp().sum().item() == pytest.approx(1, abs=1e-6)
    assert (result[0, 3] - result[0, 2]).item() == pytest.approx(1, abs=1e-6)
    assert logits[0, 0] == 50  # left as it was


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_new_hypotheses_take_over_their_parents_state(batch: int, before: int, after: int, seed: int) -> None:
    state = Pair(torch.rand(batch, before, 3), torch.rand(batch, before, 2, 2))
    parents = torch.randint(before, (batch, after), generator=torch.Generator().manual_seed(seed))
    chosen = select_hypotheses(state, parents)
    assert isinstance(chosen, Pair)
    for b in range(batch):
        for k in range(after):
            assert torch.equal(chosen.hidden[b, k], state.hidden[b, parents[b, k]])
            assert torch.equal(chosen.cell[b, k], state.cell[b, parents[b, k]])


def test_some_images_are_taken_in_order() -> None:
    state = Pair(torch.arange(3), torch.rand(3, 2))
    chosen = select_images(state, torch.tensor([2, 0]))
    assert chosen.hidden.tolist() == [2, 0]
    assert torch.equal(chosen.cell, state.cell[[2, 0]])


def test_confidence_is_the_texts_probability() -> None:
    assert Candidate(tokens=(3,), log_probability=math.log(0.25), truncated=False).confidence == pytest.approx(0.25)


@pytest.mark.parametrize("decoder", [BeamSearch(max_length=4), NucleusSampling(max_length=4)])
def test_every_decoder_has_one_interface(decoder: Decoder) -> None:
    memory = table(0, images=3)
    for attention in (False, True):
        texts = decoder.decode(TableNetwork(), memory, indices=[4, 5, 6], attention=attention)
        assert len(texts) == 3
        assert all((c.attention is not None) == attention for candidates in texts for c in candidates)


@pytest.mark.parametrize("decoder", [BeamSearch(max_length=4), NucleusSampling(max_length=4)])
def test_decoding_computes_no_gradients_and_encodes_nothing_again(decoder: Decoder) -> None:
    """What was computed once an image is asked for once, and given to every step as it is."""

    class Watching(TableNetwork):
        def step(self, tokens: Tensor, state: State, memory: Memory) -> tuple[Tensor, State, Tensor]:
            assert not torch.is_grad_enabled()
            assert len(memory.logits) == len(tokens)  # a row an image, never one a hypothesis
            return super().step(tokens, state, memory)

    network = Watching()
    memory = table(1, images=5)
    memory.logits.requires_grad_()
    decoder.decode(network, memory)
    assert network.begun <= 2  # again for images whose greedy text was lost
