"""Words on their way into batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlhw.ocr import batches
from dlhw.ocr.alphabet import END, PAD, START, Alphabet
from dlhw.ocr.batches import EpochBatches, collate
from dlhw.ocr.data import Words
from dlhw.ocr.epochs import OwnWords

LETTERS = Alphabet("abcdefghij")


def words(count: int, *, seed: int = 0) -> Words:
    rng = np.random.default_rng(seed)
    widths = rng.integers(8, 60, count)
    images = [rng.integers(1, 256, (32, width), dtype=np.uint8) for width in widths]
    texts = ["".join(rng.choice(list("abcdefghij"), rng.integers(1, 9))) for _ in range(count)]
    return Words.pack(images, texts, [str(index) for index in range(count)])


def test_a_batch_holds_each_image_and_zeros_right_of_it() -> None:
    made = words(5)
    batch = collate(made, np.array([3, 0, 4]), LETTERS)
    assert batch.images.shape[:3] == (3, 1, 32)
    assert batch.images.shape[3] % 16 == 0
    assert batch.images.shape[3] - int(batch.widths.max()) < 16
    for row, index in enumerate((3, 0, 4)):
        width = int(batch.widths[row])
        assert np.array_equal(batch.images[row, 0, :, :width], made.image(index))
        assert not batch.images[row, 0, :, width:].any()


def test_inputs_are_the_targets_one_letter_earlier() -> None:
    made = words(6)
    batch = collate(made, np.arange(6), LETTERS)
    for row, text in enumerate(made.texts):
        letters, length = LETTERS.encode(text), len(text)
        assert batch.inputs[row].tolist()[: length + 1] == [START, *letters]
        assert batch.targets[row].tolist()[: length + 1] == [*letters, END]
        assert (batch.inputs[row, length + 1 :] == PAD).all()
        assert (batch.targets[row, length + 1 :] == PAD).all()


@given(count=st.integers(1, 40), batch_size=st.integers(2, 9), chunk=st.integers(5, 20))
def test_every_word_comes_once_an_epoch(count: int, batch_size: int, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "CHUNK", chunk)
        patch.setattr("dlhw.ocr.epochs.CHUNK", chunk)
        made = words(count)
        epoch = EpochBatches(OwnWords(made, seed=1), LETTERS, batch_size=batch_size, seed=1)
        epoch.begin(1)
        seen = [epoch[step] for step in range(len(epoch.sizes))]
    assert [len(batch.widths) for batch in seen] == epoch.sizes
    images = sorted(
        batch.images[row, 0, :, : int(width)].numpy().tobytes()
        for batch in seen
        for row, width in enumerate(batch.widths)
    )
    assert images == sorted(made.image(index).tobytes() for index in range(count))


def test_any_step_can_be_the_first_one_after_a_resume() -> None:
    made = OwnWords(words(50), seed=3)
    straight = EpochBatches(made, LETTERS, batch_size=8, seed=3)
    straight.begin(2)
    expected = [straight[step] for step in range(len(straight.sizes))]
    for step in (0, 3, len(expected) - 1):
        later = EpochBatches(made, LETTERS, batch_size=8, seed=3)
        later.begin(2)
        assert all(torch.equal(a, b) for a, b in zip(later[step], expected[step], strict=True))


def test_epochs_differ_in_order() -> None:
    made = EpochBatches(OwnWords(words(40), seed=3), LETTERS, batch_size=8, seed=3)
    made.begin(1)
    first = made[0]
    made.begin(2)
    assert not all(torch.equal(a, b) for a, b in zip(made[0], first, strict=True))


def test_the_order_of_words_and_of_batches_are_two_streams() -> None:
    made = words(40)
    own = OwnWords(made, seed=3).chunk(1, 0).texts
    of_batches = np.random.default_rng([3, 1, 0]).permutation(40)
    assert own != tuple(made.texts[place] for place in of_batches)


def test_words_of_like_width_share_a_batch() -> None:
    made = EpochBatches(OwnWords(words(400), seed=3), LETTERS, batch_size=20, seed=3)
    made.begin(1)
    spread = [int(made[step].widths.max() - made[step].widths.min()) for step in range(len(made.sizes))]
    assert max(spread) < 12  # 52 possible widths in 20 batches; shuffled words would spread over 45
