"""The encoder and the decoder, with attention and without."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from dlhw.ocr.encoder import Block, standardize
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.recognizer import autocast

V = 12
SMALL = Architecture(alphabet_size=V, channels=(4, 4, 6, 6, 8, 8), encoder=5, decoder=7, embedding=3, attention=6)
BLIND = Architecture(**{**vars(SMALL), "attention": 0})


def network(architecture: Architecture = SMALL) -> WordNetwork:
    torch.manual_seed(0)
    made = WordNetwork(architecture)
    images, widths = batch((40, 24, 33, 56))
    for _ in range(3):  # batch normalisation with averages that are not 0 and 1
        made(images, widths, torch.ones(4, 2, dtype=torch.int64))
    return made.eval()


def batch(widths: tuple[int, ...], *, wide: int | None = None) -> tuple[Tensor, Tensor]:
    """Random images with zeros right of them; image i is the same whatever stands beside it."""
    images = torch.zeros(len(widths), 1, 32, wide or -(-max(widths) // 4) * 4, dtype=torch.uint8)
    for image, width in zip(images, widths, strict=True):
        generator = torch.Generator().manual_seed(width)
        image[:, :, :width] = torch.randint(0, 256, (1, 32, width), generator=generator, dtype=torch.uint8)
    return images, torch.tensor(widths)


@pytest.mark.parametrize("architecture", [SMALL, BLIND], ids=["attention", "none"])
@torch.inference_mode()
def test_no_image_depends_on_the_others_in_its_batch(architecture: Architecture) -> None:
    widths = (17, 64, 8, 41)
    tokens = torch.tensor([[1, 5, 6]]).expand(4, 3)
    made = network(architecture)
    together = made(*batch(widths, wide=96), tokens)
    for index, width in enumerate(widths):
        alone = made(*batch((width,)), tokens[:1])
        assert torch.allclose(together[index], alone[0], atol=1e-5)


@torch.inference_mode()
def test_attention_looks_at_the_image_alone() -> None:
    made = network()
    memory = made.encode(*batch((16, 40), wide=64))
    _, _, weights = made.step(torch.tensor([[1], [1]]), made.begin(memory), memory)
    assert torch.allclose(weights.sum(2), torch.ones(2, 1))
    assert (weights[0, 0, :4] > 0).all()
    assert (weights[0, 0, 4:] == 0).all()
    assert (weights[1, 0, :10] > 0).all()
    assert (weights[1, 0, 10:] == 0).all()


@torch.inference_mode()
def test_attention_is_bahdanaus_formula() -> None:
    made = network()
    memory = made.encode(*batch((40,)))
    state = made.begin(memory)
    _, _, weights = made.step(torch.tensor([[1]]), state, memory)
    attention = made.decoder.attention
    assert attention is not None
    s, h = state.hidden[0, 0], memory.states[0]
    query = attention.query.weight @ s + attention.query.bias
    energies = [attention.energy.weight[0] @ torch.tanh(query + attention.key.weight @ h_j) for h_j in h]
    assert torch.allclose(weights[0, 0], torch.stack(energies).softmax(0), atol=1e-6)


@torch.inference_mode()
def test_without_attention_the_decoder_sees_the_last_states_alone() -> None:
    made = network(BLIND)
    memory = made.encode(*batch((40, 24)))
    tokens = torch.tensor([[1], [1]])
    logits, _, weights = made.step(tokens, made.begin(memory), memory)
    elsewhere = memory._replace(states=torch.randn_like(memory.states))
    assert torch.equal(made.step(tokens, made.begin(elsewhere), elsewhere)[0], logits)
    assert not weights.any()
    changed = memory._replace(summary=memory.summary + 1)
    assert not torch.allclose(made.step(tokens, made.begin(changed), changed)[0], logits)


@pytest.mark.parametrize("architecture", [SMALL, BLIND], ids=["attention", "none"])
@torch.inference_mode()
def test_teaching_is_stepping_with_the_true_letters(architecture: Architecture) -> None:
    made = network(architecture)
    memory = made.encode(*batch((40, 24)))
    tokens = torch.tensor([[1, 4, 5, 6], [1, 7, 7, 3]])
    taught = made.decoder.teach(tokens, memory)
    state = made.begin(memory)
    for position in range(4):
        logits, state, _ = made.step(tokens[:, position : position + 1], state, memory)
        assert torch.allclose(logits[:, 0], taught[:, position], atol=1e-6)


@torch.inference_mode()
def test_hypotheses_of_an_image_do_not_touch() -> None:
    made = network()
    memory = made.encode(*batch((40, 24)))
    state = made.begin(memory)
    tokens = torch.tensor([[4, 5, 6], [6, 5, 4]])
    wide, _, _ = made.step(tokens, type(state)(*(part.expand(-1, 3, -1) for part in state)), memory)
    for k in range(3):
        assert torch.allclose(made.step(tokens[:, k : k + 1], state, memory)[0][:, 0], wide[:, k], atol=1e-6)


def test_every_parameter_learns() -> None:
    for architecture in (SMALL, BLIND):
        made = network(architecture).train()
        made(*batch((40, 24)), torch.tensor([[1, 4, 5], [1, 7, 3]])).square().sum().backward()
        for name, parameter in made.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.any(), name


def test_the_reverse_lstm_starts_at_the_end_of_each_image() -> None:
    lstm = network().encoder.lstm
    sequence = torch.randn(2, 6, 8)
    lengths = torch.tensor([6, 4])
    states, summary = lstm(sequence, lengths)
    for index, length in enumerate((6, 4)):
        rightward, _ = lstm.rightward(sequence[index : index + 1, :length])
        leftward, _ = lstm.leftward(sequence[index : index + 1, :length].flip(1))
        expected = torch.cat([rightward, leftward.flip(1)], dim=2)[0]
        assert torch.allclose(states[index, :length], expected, atol=1e-6)
        assert torch.allclose(summary[index], torch.cat([rightward[0, -1], leftward[0, -1]]), atol=1e-6)


def test_images_are_standardized_over_their_own_pixels() -> None:
    images, widths = batch((20, 12), wide=64)
    made = standardize(images, widths)
    for image, width in zip(made, (20, 12), strict=True):
        inside = image[:, :, :width]
        assert inside.mean().abs() < 1e-5
        assert abs(inside.std(correction=0) - 1) < 1e-5
        assert not image[:, :, width:].any()
    flat = torch.full((1, 1, 32, 16), 200, dtype=torch.uint8)
    assert torch.isfinite(standardize(flat, torch.tensor([16]))).all()


def test_an_architecture_survives_a_header() -> None:
    assert Architecture.from_header(SMALL.as_header()) == SMALL


def test_the_default_network_has_about_three_million_parameters() -> None:
    counts = {
        attention: sum(p.numel() for p in WordNetwork(Architecture(alphabet_size=90, attention=attention)).parameters())
        for attention in (0, 128)
    }
    assert 2_300_000 < counts[0] < counts[128] < 3_300_000
    sizes = list(pairwise(Architecture(alphabet_size=90).channels))
    assert all(a <= b for a, b in sizes)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_reading_folds_what_training_computes_apart(precision: torch.dtype) -> None:
    """Normalisation folded into the convolution, and pooling before the mask, give the same within rounding."""
    torch.manual_seed(1)
    block = Block(3, 5, pool=(2, 2))
    with torch.no_grad():
        for tensor in (block.normalization.weight, block.normalization.bias, block.normalization.running_mean):
            assert tensor is not None
            tensor.normal_()
        assert block.normalization.running_var is not None
        block.normalization.running_var.uniform_(0.5, 2)
    features = torch.randn(4, 3, 8, 12).contiguous(memory_format=torch.channels_last)
    mask = torch.tensor([[True] * 6, [True] * 3 + [False] * 3, [True] + [False] * 5, [True] * 5 + [False]])
    block.eval()
    wide = mask.repeat_interleave(2, dim=1)[:, None, None]
    expected = block.pool((block.normalization(block.convolution(features)) * wide).relu())
    with autocast(torch.device("cpu"), precision):
        found = block(features, mask)
    assert found.shape == expected.shape
    assert torch.allclose(found.float(), expected, rtol=0, atol=1e-5 if precision == torch.float32 else 0.08)
    assert not found[1, :, :, 3:].any(), "nothing in the padding"
