from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlhw.learning.export import TOLERANCE
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.batches import pad_images
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.export import export_recognizer
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.preprocessing import HEIGHT, MAX_WIDTH
from dlhw.ocr.pretrained import ATTENTION, pretrained
from dlhw.ocr.recognizer import Recognizer, load_recognizer
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.words.source import WordSource

EXAMPLE = Path(__file__).parents[2] / "examples/read_with_onnxruntime.py"
ALPHABET = Alphabet("abcdefg")


def small(attention: int) -> Recognizer:
    architecture = Architecture(
        alphabet_size=ALPHABET.size, channels=(4, 8, 8, 8, 16, 16), encoder=16, decoder=16, embedding=8,
        attention=attention,
    )  # fmt: skip
    torch.manual_seed(1)
    return Recognizer(network=WordNetwork(architecture).eval(), alphabet=ALPHABET, temperature=0.7)


def greedy_with_onnx(folder: Path, words: Words, most: int) -> list[str]:
    """What the exported files read, word by word."""
    import onnxruntime

    encoder = onnxruntime.InferenceSession(folder / "encoder.onnx")
    step = onnxruntime.InferenceSession(folder / "decoder-step.onnx")
    described = json.loads(encoder.get_modelmeta().custom_metadata_map["dlhw"])
    tokens, characters = described["tokens"], described["characters"]
    taken = [one.name for one in step.get_inputs()]
    read = []
    for index in range(len(words)):
        images, widths = pad_images(words, np.array([index]))
        image = np.zeros((1, HEIGHT, MAX_WIDTH), dtype=np.uint8)
        image[:, :, : images.shape[3]] = images[:, 0].numpy()
        outputs = encoder.run(None, {"images": image, "widths": widths.numpy()})
        values: dict[str, Any] = dict(zip([one.name for one in encoder.get_outputs()], outputs, strict=True))
        text, values["tokens"] = "", np.array([tokens["start"]])
        while len(text) < most:
            scores, values["hidden"], values["cell"], *_ = step.run(None, {name: values[name] for name in taken})
            token = int(scores.argmax())
            if token == tokens["end"]:
                break
            text += characters[token - tokens["first_character"]]
            values["tokens"] = np.array([token])
        read.append(text)
    return read


@pytest.mark.parametrize("attention", [8, 0], ids=["attention", "no-attention"])
def test_both_formats_compute_what_the_network_does(attention: int, tmp_path: Path) -> None:
    recognizer = small(attention)
    files = export_recognizer(recognizer, tmp_path, ["pt2", "onnx"] if attention else ["pt2"])
    assert all(file.largest_difference <= TOLERANCE for file in files)
    program = torch.export.load(tmp_path / "encoder.pt2").module()
    images = torch.randint(0, 256, (5, HEIGHT, MAX_WIDTH), dtype=torch.uint8)
    widths = torch.full((5,), MAX_WIDTH)
    with torch.inference_mode():
        memory = recognizer.network.encode(images[:, None], widths)
    torch.testing.assert_close(program(images, widths)[2], memory.states)
    extra = {"dlhw.json": ""}
    torch.export.load(tmp_path / "encoder.pt2", extra_files=extra)
    assert json.loads(extra["dlhw.json"])["characters"] == "abcdefg"
    if attention:
        words = rendered_words(WordSource.checked(), "validation", seed=3, difficulty="plain").pack(0, 3)
        expected = recognizer.read(words, BeamSearch(width=1, max_length=12))
        assert greedy_with_onnx(tmp_path, words, 12) == [found[0].text for found in expected]


@pytest.mark.nightly
def test_the_packaged_recogniser_reads_the_same_500_words_and_the_example_reads_one(tmp_path: Path) -> None:
    recognizer = load_recognizer(pretrained(ATTENTION), device=torch.device("cpu"))
    export_recognizer(recognizer, tmp_path, ["onnx"])
    rendered = rendered_words(WordSource.checked(), "validation", seed=3)
    words = rendered.pack(0, 500)
    expected = [found[0].text for found in recognizer.read(words, BeamSearch(width=1, max_length=64))]
    assert greedy_with_onnx(tmp_path, words, 64) == expected
    text, image = rendered_words(WordSource.checked(), "validation", seed=3, difficulty="plain").example(0)
    image.save(tmp_path / "word.png")
    done = subprocess.run(
        [sys.executable, EXAMPLE, tmp_path, tmp_path / "word.png"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{text}\n"
