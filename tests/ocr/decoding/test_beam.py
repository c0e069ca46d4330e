from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlhw.errors import DlhwError, UsageError
from dlhw.ocr.alphabet import END, FIRST_CHARACTER
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Candidate
from tests.ocr.tables import (
    PLACES,
    Memory,
    State,
    TableNetwork,
    every_text,
    greedy_text,
    log_probability,
    padded,
    some,
    table,
)

seeds = st.integers(0, 10**6)
spreads = st.sampled_from([0.3, 1.5, 4.0])
penalties = st.sampled_from([-1.0, 0.0, 0.5, 1.0])


def decode(memory: Memory, width: int, *, max_length: int = 4, penalty: float = 0.0) -> list[list[Candidate]]:
    search = BeamSearch(width=width, max_length=max_length, length_penalty=penalty)
    return search.decode(TableNetwork(), memory)


def rank(candidate: Candidate, penalty: float) -> float:
    return candidate.log_probability / math.pow(len(candidate.tokens) + 1, penalty)


@given(seed=seeds, spread=spreads, max_length=st.integers(1, 4), penalty=penalties)
def test_a_wide_beam_finds_what_enumeration_finds(seed: int, spread: float, max_length: int, penalty: float) -> None:
    """Not the shortest texts, not those of a wrong bound: the best of all, in order, each once."""
    memory = table(seed, images=2, max_length=max_length, spread=spread)
    texts = every_text(max_length)
    for image, candidates in enumerate(decode(memory, len(texts), max_length=max_length, penalty=penalty)):
        exact = {text: log_probability(memory, image, text) for text in texts}
        assert {c.tokens: c.log_probability for c in candidates} == pytest.approx(exact, abs=1e-4)
        ranks = [rank(c, penalty) for c in candidates]
        assert ranks == sorted(ranks, reverse=True)


def test_all_texts_together_are_certain() -> None:
    """PAD and START have no share in the probability."""
    (candidates,) = decode(table(3, max_length=4, spread=1.0), len(every_text(4)))
    forced = [c for c in candidates if len(c.tokens) == 4]
    free = sum(c.confidence for c in candidates if len(c.tokens) < 4)
    assert 0 < free < 1
    assert len(forced) == 3**4
    memory = table(3, max_length=4, spread=1.0)
    memory.logits[:, 4, :, END] = 1000  # nothing goes on from there
    (candidates,) = decode(memory, len(every_text(4)))
    assert sum(c.confidence for c in candidates) == pytest.approx(1, abs=1e-5)


@given(seed=seeds, spread=spreads, penalty=penalties)
def test_width_one_is_greedy(seed: int, spread: float, penalty: float) -> None:
    memory = table(seed, images=8, spread=spread)
    for image, (candidate,) in enumerate(decode(memory, 1, penalty=penalty)):
        assert candidate.tokens == greedy_text(memory, image, 4)
        assert candidate.log_probability == pytest.approx(log_probability(memory, image, candidate.tokens), abs=1e-4)


def reference_search(
    memory: Memory, image: int, width: int, max_length: int, penalty: float
) -> dict[tuple[int, ...], float]:
    """The same search as a loop over one image, to the very end: no early stop, no batch, no tensors."""
    live: dict[tuple[int, ...], float] = {(): 0.0}
    finished: dict[tuple[int, ...], float] = {}
    for length in range(max_length + 1):
        grown: dict[tuple[int, ...], float] = {}
        for text, score in live.items():
            logits = memory.logits[image, length, text[-1] if text else 1].double()
            steps = (logits[END:] - logits[END:].logsumexp(0)).tolist()
            grown |= {(*text, END + token): score + step for token, step in enumerate(steps)}
        best = sorted(grown, key=grown.__getitem__, reverse=True)
        ends = [text for text in (best if length == max_length else best[:width]) if text[-1] == END]
        finished |= {text[:-1]: grown[text] for text in ends}
        live = {text: grown[text] for text in [text for text in best if text[-1] != END][:width]}
    kept = sorted(finished, key=lambda text: finished[text] / (len(text) + 1) ** penalty, reverse=True)[:width]
    return {text: finished[text] for text in kept}


@given(seed=seeds, spread=spreads, width=st.integers(2, 6), penalty=penalties)
def test_stopping_early_loses_nothing(seed: int, spread: float, width: int, penalty: float) -> None:
    """For no sign of the penalty does the bound stop a search that would still find something."""
    memory = table(seed, images=6, max_length=6, spread=spread)
    for image, candidates in enumerate(decode(memory, width, max_length=6, penalty=penalty)):
        expected = reference_search(memory, image, width, 6, penalty)
        greedy = greedy_text(memory, image, 6)
        if greedy not in expected:  # then it takes the last one's place
            expected = dict(list(expected.items())[: width - 1]) | {greedy: log_probability(memory, image, greedy)}
        assert {c.tokens: c.log_probability for c in candidates} == pytest.approx(expected, abs=1e-4)


@given(seed=seeds, spread=spreads, width=st.integers(1, 6))
def test_candidates_are_distinct_sorted_and_contain_the_greedy_text(seed: int, spread: float, width: int) -> None:
    memory = table(seed, images=8, max_length=6, spread=spread)
    for image, candidates in enumerate(decode(memory, width, max_length=6)):
        greedy = greedy_text(memory, image, 6)
        texts = [c.tokens for c in candidates]
        assert len(texts) == len(set(texts)) == width
        assert greedy in texts
        assert all(token >= FIRST_CHARACTER for text in texts for token in text)
        scores = [c.log_probability for c in candidates]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] >= log_probability(memory, image, greedy) - 1e-4
        # Each score is the text's own: nothing was added after its end.
        assert scores == pytest.approx([log_probability(memory, image, text) for text in texts], abs=1e-4)


@given(seed=seeds, spread=spreads, width=st.integers(1, 4), penalty=penalties, data=st.data())
def test_a_result_does_not_depend_on_batch_mates(
    seed: int, spread: float, width: int, penalty: float, data: st.DataObject
) -> None:
    images = 8
    memory = table(seed, images=images, max_length=6, spread=spread)
    together = decode(memory, width, max_length=6, penalty=penalty)
    order = data.draw(st.permutations(range(images)))
    shuffled = decode(padded(some(memory, order), 5), width, max_length=6, penalty=penalty)
    alone = [decode(some(memory, [i]), width, max_length=6, penalty=penalty)[0] for i in range(images)]
    assert together == alone
    assert [together[i] for i in order] == shuffled


@given(seed=seeds, width=st.integers(1, 4))
def test_ties_do_not_depend_on_batch_mates(seed: int, width: int) -> None:
    """A sure network gives tokens a probability of 1, and then a text and a continuation of it score the same."""
    memory = table(seed, images=24, max_length=5)
    memory = memory._replace(logits=(memory.logits > 0.7) * 200.0)
    together = decode(memory, width, max_length=5)
    assert together == [decode(some(memory, [i]), width, max_length=5)[0] for i in range(24)]


def test_a_width_beyond_what_can_be_written_gives_all_there_is() -> None:
    (candidates,) = decode(table(1, max_length=1), 100, max_length=1)
    assert sorted(c.tokens for c in candidates) == sorted(every_text(1))


def test_a_text_that_would_go_on_is_ended_and_marked() -> None:
    memory = table(0, max_length=3)
    memory.logits[..., END] = -5
    memory.logits[..., 4] = 5
    network = TableNetwork()
    (candidates,) = BeamSearch(width=3, max_length=3).decode(network, memory)
    assert candidates[0].tokens == (4, 4, 4)
    assert candidates[0].truncated
    assert network.begun == 1  # this is the greedy text, and need not be looked for
    assert candidates[0].log_probability == pytest.approx(log_probability(memory, 0, (4, 4, 4)), abs=1e-4)
    memory.logits[:, 3, :, END] = 10
    (candidates,) = decode(memory, 3, max_length=3)
    assert candidates[0].tokens == (4, 4, 4)
    assert not any(c.truncated for c in candidates)


def test_an_end_that_is_second_best_is_no_truncation() -> None:
    (candidates,) = decode(table(5, max_length=6, spread=0.3), 6, max_length=6)
    early = [c for c in candidates if len(c.tokens) < 6]
    assert early
    assert not any(c.truncated for c in early)


def lost_greedy() -> Memory:
    """A network whose likeliest first letter leads nowhere: beam search leaves the greedy path."""
    memory = table(0, max_length=3, spread=0.0)
    memory.logits[0, 0, 1] = torch.tensor([0, 0, -9, 1.0, 0.9, -9])  # first a 3, or nearly as well a 4
    memory.logits[0, 1, 4] = torch.tensor([0, 0, -9, 9.0, 9.0, -9])  # after 4 surely a 3 or a 4, after 3 anything
    memory.logits[0, 2, :, END] = 9  # then the end
    return memory


def test_the_greedy_text_is_found_where_the_beam_loses_it() -> None:
    memory = lost_greedy()
    greedy = greedy_text(memory, 0, 3)
    assert greedy not in reference_search(memory, 0, 2, 3, 0.0)
    (candidates,) = decode(memory, 2, max_length=3)
    assert [c.tokens for c in candidates][1] == greedy
    assert candidates[0].log_probability > candidates[1].log_probability


def test_attention_belongs_to_the_letter_that_was_emitted() -> None:
    memory = padded(table(11, images=6, max_length=6), 3)
    network = TableNetwork()
    for candidates in BeamSearch(width=4, max_length=6).decode(network, memory, attention=True):
        for candidate in candidates:
            assert candidate.attention is not None
            assert candidate.attention.shape == (len(candidate.tokens), PLACES)  # without the padding
            history = 1  # START
            for position, row in enumerate(candidate.attention.tolist()):
                assert row == [position, history, 0, 0]
                history = (history * 8 + candidate.tokens[position]) % 8**8


def test_attention_in_half_precision_comes_out_as_float32() -> None:
    (candidates,) = BeamSearch(max_length=4).decode(TableNetwork(torch.bfloat16), table(1), attention=True)
    for candidate in candidates:
        assert candidate.attention is not None
        assert candidate.attention.dtype == np.float32
        assert candidate.attention[:, 0].tolist() == list(range(len(candidate.tokens)))


def test_attention_of_a_text_found_again_greedily_is_kept() -> None:
    (candidates,) = BeamSearch(width=2, max_length=3).decode(TableNetwork(), lost_greedy(), attention=True)
    assert all(c.attention is not None and len(c.attention) == len(c.tokens) for c in candidates)


def test_the_search_ends_when_all_images_are_done() -> None:
    memory = table(2, images=4, max_length=30)
    memory.logits[..., END] = 12
    network = TableNetwork()
    BeamSearch(width=1, max_length=30).decode(network, memory)
    assert len(network.batches) == 1
    assert network.begun == 1


def test_done_images_leave_the_batch() -> None:
    memory = table(2, images=10, max_length=12)
    memory.logits[..., END] = -9
    memory.logits[:9, 2:, :, END] = 30  # all but one end after two letters
    network = TableNetwork()
    BeamSearch(width=2, max_length=12).decode(network, memory)
    assert network.batches[0] == (10, 1)  # one hypothesis to begin with, not K copies of it
    assert network.batches[1] == (10, 2)
    assert (1, 2) in network.batches


def test_probabilities_are_float32_under_autocast() -> None:
    """bfloat16 has three digits: a sum of ten such log-probabilities would be off in the second."""
    memory = table(4, images=3, max_length=10, spread=0.2)
    memory = memory._replace(logits=memory.logits.bfloat16().float())
    expected = decode(memory, 3, max_length=10)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert BeamSearch(width=3, max_length=10).decode(TableNetwork(torch.bfloat16), memory) == expected


def test_logits_are_left_as_they_are() -> None:
    class Keeping(TableNetwork):
        def step(self, tokens: Tensor, state: State, memory: Memory) -> tuple[Tensor, State, Tensor]:
            logits, state, looked = super().step(tokens, state, memory)
            self.kept = logits, logits.clone()
            return logits, state, looked

    network = Keeping()
    BeamSearch(width=3, max_length=4).decode(network, table(0))
    assert torch.equal(*network.kept)


def test_no_images_have_no_texts() -> None:
    assert decode(table(0, images=0), 3) == []


def test_numbers_that_are_none_are_an_error() -> None:
    memory = table(0, images=2)
    memory.logits[1] = math.nan
    with pytest.raises(DlhwError, match="not a number"):
        decode(memory, 3)


@pytest.mark.parametrize(
    "options",
    [{"width": 0}, {"width": -1}, {"max_length": 0}, {"length_penalty": math.nan}, {"length_penalty": math.inf}],
)
def test_what_is_out_of_range_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        BeamSearch(**options)  # type: ignore[arg-type]


def test_a_larger_penalty_never_makes_the_best_text_shorter() -> None:
    """Of all texts: x ↦ argmax log P / length^α has a length that grows with α."""
    memory = table(9, images=20, max_length=4, spread=1.5)
    everything = len(every_text(4))
    lengths = [
        [len(candidates[0].tokens) for candidates in decode(memory, everything, penalty=penalty)]
        for penalty in (-1, 0, 0.5, 1)
    ]
    assert all(a <= b for shorter, longer in pairwise(lengths) for a, b in zip(shorter, longer, strict=True))
    assert lengths[0] != lengths[-1]
