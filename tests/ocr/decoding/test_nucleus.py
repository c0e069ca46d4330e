from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DlhwError, UsageError
from dlhw.ocr.alphabet import END, FIRST_CHARACTER, START
from dlhw.ocr.decoding.interface import Candidate
from dlhw.ocr.decoding.nucleus import NucleusSampling
from tests.ocr.tables import (
    PLACES,
    Memory,
    TableNetwork,
    every_text,
    greedy_text,
    log_probability,
    padded,
    some,
    table,
)

seeds = st.integers(0, 10**6)


def decode(memory: Memory, sampling: NucleusSampling, indices: list[int] | None = None) -> list[list[Candidate]]:
    return sampling.decode(TableNetwork(), memory, indices=indices)


def law(logits: torch.Tensor, top_p: float, temperature: float) -> dict[int, float]:
    """What the next token should be drawn from, in plain words."""
    p = (logits[END:].double() / temperature).softmax(0).tolist()
    ranked = sorted(range(len(p)), key=lambda token: -p[token])
    nucleus, mass = [], 0.0
    for token in ranked:
        nucleus.append(token)
        mass += p[token]
        if mass >= top_p:
            break
    return {END + token: p[token] / sum(p[t] for t in nucleus) for token in nucleus}


def text_law(memory: Memory, max_length: int, top_p: float, temperature: float) -> dict[tuple[int, ...], float]:
    """The probability with which each text should be drawn."""
    laws = {}
    for text in every_text(max_length):
        probability, last = 1.0, START
        for position, token in enumerate([*text, END]):
            if position < max_length:
                probability *= law(memory.logits[0, position, last], top_p, temperature).get(token, 0.0)
            last = token
        laws[text] = probability
    return laws


@pytest.mark.parametrize(("top_p", "temperature"), [(1.0, 1.0), (0.7, 1.0), (0.9, 0.5), (0.6, 2.0)])
def test_texts_come_as_often_as_they_should(top_p: float, temperature: float) -> None:
    """Pearson's χ² over all texts; the temperature comes first, then the nucleus of what it made."""
    draws, max_length = 6000, 2
    memory = table(21, max_length=max_length, spread=1.0)
    expected = text_law(memory, max_length, top_p, temperature)
    assert sum(expected.values()) == pytest.approx(1)
    sampling = NucleusSampling(top_p=top_p, temperature=temperature, samples=1, seed=1, max_length=max_length)
    counts = Counter(texts[0].tokens for texts in decode(some(memory, [0] * draws), sampling))
    assert {text for text, p in expected.items() if p == 0}.isdisjoint(counts)
    statistic = sum((counts[text] - draws * p) ** 2 / (draws * p) for text, p in expected.items() if p)
    freedom = sum(p > 0 for p in expected.values()) - 1
    assert statistic < freedom + 4 * math.sqrt(2 * freedom)


@given(seed=seeds, top_p=st.floats(0, 1, exclude_min=True), samples=st.integers(1, 5))
def test_candidates_are_distinct_and_ranked_by_their_own_probability(seed: int, top_p: float, samples: int) -> None:
    memory = table(seed, images=6)
    sampling = NucleusSampling(top_p=top_p, temperature=1.7, samples=samples, max_length=4)
    for image, candidates in enumerate(decode(memory, sampling)):
        texts = [c.tokens for c in candidates]
        assert 1 <= len(texts) == len(set(texts)) <= samples
        assert all(token >= FIRST_CHARACTER for text in texts for token in text)
        scores = [c.log_probability for c in candidates]
        assert scores == sorted(scores, reverse=True)
        # Neither p nor the temperature has a part in the score.
        assert scores == pytest.approx([log_probability(memory, image, text) for text in texts], abs=1e-4)


@given(seed=seeds, top_p=st.floats(0.05, 1))
def test_only_tokens_of_the_nucleus_are_drawn(seed: int, top_p: float) -> None:
    memory = table(seed, images=1, max_length=3)
    sampling = NucleusSampling(top_p=top_p, samples=20, max_length=3)
    for candidate in decode(memory, sampling)[0]:
        last = START
        for position, token in enumerate([*candidate.tokens, END][:3]):
            # A hair's breadth to either side, where a float32 sum may lie.
            assert token in law(memory.logits[0, position, last], top_p + 1e-5, 1.0)
            last = token


@pytest.mark.parametrize(
    "sampling",
    [
        NucleusSampling(top_p=1e-9, samples=4, max_length=4),
        NucleusSampling(top_p=5e-324, samples=4, max_length=4),
        NucleusSampling(top_p=1, temperature=0, samples=4, max_length=4),
        NucleusSampling(top_p=1, temperature=5e-324, samples=4, max_length=4),
        NucleusSampling(top_p=1, temperature=1e-7, samples=4, max_length=4),
    ],
)
@given(seed=seeds)
def test_what_is_left_at_the_limits_is_the_greedy_text(sampling: NucleusSampling, seed: int) -> None:
    memory = table(seed, images=4)
    texts = [[c.tokens for c in candidates] for candidates in decode(memory, sampling)]
    assert texts == [[greedy_text(memory, image, 4)] for image in range(4)]


def test_the_token_that_crosses_p_is_kept() -> None:
    memory = table(0, max_length=1)
    memory.logits[0, 0, START] = torch.tensor([0, 0, 0.1, 0.5, 0.3, 0.1]).log()  # END, and three letters
    memory.logits[0, 1, :, END] = 50
    for top_p, kept in [(0.5, {3}), (0.51, {3, 4}), (0.79, {3, 4}), (0.81, {2, 3, 4}), (1.0, {2, 3, 4, 5})]:
        sampling = NucleusSampling(top_p=top_p, samples=200, max_length=1)
        drawn = {c.tokens[0] if c.tokens else END for c in decode(memory, sampling)[0]}
        assert drawn == kept


def test_the_whole_distribution_includes_its_rarest_token() -> None:
    memory = table(0, max_length=1)
    memory.logits[0, 0, START] = torch.tensor([9, 9, 0.0, 0, 0, math.log(0.002)])
    texts = decode(memory, NucleusSampling(top_p=1, samples=8000, max_length=1))[0]
    assert {c.tokens for c in texts} == {(), (3,), (4,), (5,)}


@given(seed=seeds, data=st.data())
def test_what_is_drawn_does_not_depend_on_batch_mates(seed: int, data: st.DataObject) -> None:
    memory = table(seed, images=8, max_length=5)
    sampling = NucleusSampling(top_p=0.95, samples=3, seed=seed, max_length=5)
    together = decode(memory, sampling)
    order = data.draw(st.permutations(range(8)))
    assert decode(padded(some(memory, order), 3), sampling, order) == [together[i] for i in order]
    assert [decode(some(memory, [i]), sampling, [i])[0] for i in range(8)] == together


def test_images_and_seeds_draw_apart() -> None:
    memory = some(table(0, max_length=6, spread=0.3), [0] * 30)
    one = decode(memory, NucleusSampling(top_p=1, samples=1, seed=1, max_length=6))
    assert len({candidates[0].tokens for candidates in one}) > 15
    # A sum of seed and index would only shift the images by one.
    other = decode(memory, NucleusSampling(top_p=1, samples=1, seed=2, max_length=6))
    assert one[1:] != other[:-1]
    assert one == decode(memory, NucleusSampling(top_p=1, samples=1, seed=1, max_length=6))


def test_the_first_of_many_samples_are_those_of_few() -> None:
    memory = table(6, images=10, spread=0.5)
    few = decode(memory, NucleusSampling(top_p=1, samples=2, max_length=4))
    many = decode(memory, NucleusSampling(top_p=1, samples=6, max_length=4))
    assert all({c.tokens for c in a} <= {c.tokens for c in b} for a, b in zip(few, many, strict=True))


def test_attention_belongs_to_the_letter_that_was_emitted() -> None:
    memory = padded(table(11, images=6, max_length=6, spread=0.5), 3)
    sampling = NucleusSampling(top_p=1, samples=4, max_length=6)
    for candidates in sampling.decode(TableNetwork(), memory, attention=True):
        for candidate in candidates:
            assert candidate.attention is not None
            assert candidate.attention.shape == (len(candidate.tokens), PLACES)
            history = START
            for position, row in enumerate(candidate.attention.tolist()):
                assert row == [position, history, 0, 0]
                history = (history * 8 + candidate.tokens[position]) % 8**8


def test_a_text_that_would_go_on_is_ended_and_marked() -> None:
    memory = table(0, max_length=2)
    memory.logits[..., END] = -20
    (candidates,) = decode(memory, NucleusSampling(samples=2, max_length=2))
    assert all(len(c.tokens) == 2 and c.truncated for c in candidates)


def test_no_images_have_no_texts() -> None:
    assert decode(table(0, images=0), NucleusSampling()) == []


def test_each_image_needs_its_index() -> None:
    with pytest.raises(ValueError, match="2 images and 1 indices"):
        decode(table(0, images=2), NucleusSampling(max_length=4), [0])


@pytest.mark.parametrize("top_p", [0.5, 1.0])
def test_numbers_that_are_none_are_an_error(top_p: float) -> None:
    memory = table(0, images=2)
    memory.logits[1] = math.nan
    with pytest.raises(DlhwError, match="not a number"):
        decode(memory, NucleusSampling(top_p=top_p, max_length=4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_p": 0.0}, "`top_p`"),
        ({"top_p": 1.01}, "`top_p`"),
        ({"top_p": math.nan}, "`top_p`"),
        ({"temperature": -1.0}, "`temperature`"),
        ({"temperature": math.inf}, "`temperature`"),
        ({"temperature": math.nan}, "`temperature`"),
        ({"samples": 0}, "`samples`"),
        ({"max_length": 0}, "greatest length"),
        ({"seed": -1}, "`seed`"),
    ],
)
def test_what_is_out_of_range_is_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        NucleusSampling(**options)  # type: ignore[arg-type]
