from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dlhw.images.arguments import ImageArgument
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.preprocessing import HEIGHT, prepare
from dlhw.ocr.pretrained import ATTENTION, pretrained
from dlhw.ocr.reading import read_images
from dlhw.ocr.recognizer import Reading, Recognizer, load_recognizer
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.word import render_word
from dlhw.ocr.second_look.reader import Method, Rereader
from dlhw.ocr.sources import load_words
from dlhw.ocr.tall import TURNS, best_turn, turned
from tests.ocr.folders import noise, write

BEAM = BeamSearch(width=3)


def on_end(degrees: int) -> Image.Image:
    """A printed word, turned anticlockwise."""
    fonts = evaluation_fonts("Helo")
    return render_word("Hello", fonts, np.random.default_rng(3), "plain").rotate(degrees, expand=True)


@functools.cache
def packed() -> Recognizer:
    """The recogniser with attention of the package: the small one of the other tests reads noise, which has no top."""
    return load_recognizer(pretrained(ATTENTION), device=torch.device("cpu"))


def reader(*, second_look: bool = True) -> Rereader:
    return Rereader(recognizer=packed(), method=Method(second_look=second_look))


def test_only_tall_images_are_turned() -> None:
    assert turned(Image.new("L", (40, 40))) is None
    assert turned(Image.new("L", (80, 40))) is None
    image = noise(120, seed=1).rotate(90, expand=True)
    made = turned(image)
    assert made is not None
    assert (made[1] == prepare(noise(120, seed=1))).all(), "the second turn undoes one to the left"
    assert all(one.shape[0] == HEIGHT for one in made)


def reading(text: str, log_probability: float) -> Reading:
    return Reading(text=text, log_probability=log_probability, truncated=False, attention=None)


@pytest.mark.parametrize(
    ("upright", "turns", "best"),
    [
        (("8", -0.5), (("m", -0.2), ("w", -3.0)), None),
        (("8", -2.0), (("m", -0.2), ("w", -3.0)), 0),
        (("8", -2.0), (("m", -3.0), ("w", -0.5)), 1),
        (("i", -0.4), (("Hello", -0.4), ("w", -0.4)), 0),
        (("Hello", -0.4), (("i", -0.1), ("w", -0.1)), None),
    ],
)
def test_a_turn_must_be_likelier_or_show_more_letters(
    upright: tuple[str, float], turns: tuple[tuple[str, float], ...], best: int | None
) -> None:
    assert best_turn(reading(*upright), [reading(*one) for one in turns]) == best


@pytest.mark.parametrize("way", [0, 1])
def test_a_word_on_end_is_read_as_if_it_lay(way: int) -> None:
    lying = Words.pack([prepare(on_end(0))], ["Hello"], ["a"])
    expected = packed().read(lying, BEAM, attention=True)[0]
    assert expected[0].text == "Hello"
    image = on_end(-TURNS[way])
    words = Words.pack([prepare(image)], ["Hello"], ["a"], turned=[turned(image)])
    assert reader(second_look=False).read(words, BEAM)[0][0].text != "Hello", "as it stands it cannot be read"
    (look,) = reader().look(words, BEAM)
    assert [one.text for one in look.first] == [one.text for one in expected]
    assert {one.turned for one in look.first} == {TURNS[way]}
    (found,) = reader().read(words, BEAM, attention=True)
    assert (found[0].text, found[0].turned) == ("Hello", TURNS[way])
    assert found[0].attention is not None
    assert expected[0].attention is not None
    np.testing.assert_allclose(found[0].attention, expected[0].attention, atol=1e-3)


def test_turned_images_go_where_their_words_go() -> None:
    image = on_end(90)
    both = turned(image)
    flat = prepare(noise(60, seed=5))
    words = Words.pack([flat, prepare(image)], ["a", "b"], ["a", "b"], turned=[None, both])
    joined = Words.join([words.select([0]), words, words.select([1, 0])])
    assert sorted(joined.turned) == [2, 3]
    for index in joined.turned:
        np.testing.assert_array_equal(joined.turned[index][0], both[0])  # type: ignore[index]
    assert words.fingerprint() == replace(words, turned={}).fingerprint(), "they follow from the images"


def test_files_on_end_are_turned_from_all_their_pixels(tmp_path: Path) -> None:
    image = noise(160, seed=3).rotate(90, expand=True)
    image.save(tmp_path / "tall.png")
    write(tmp_path / "labels.tsv", "tall.png\tab\n")
    words = load_words(tmp_path).words
    np.testing.assert_array_equal(words.turned[0][1], prepare(noise(160, seed=3)))


def test_an_image_on_end_is_shown_as_it_was_read(tmp_path: Path) -> None:
    on_end(-90).save(tmp_path / "tall.png")
    asked = [ImageArgument(name="tall.png", source=tmp_path / "tall.png")]
    (found,) = read_images(reader(), asked, BEAM, attention=True, letters=True)
    assert found.candidates[0].turned == 90
    assert found.image is not None
    assert (found.image.height, found.candidates[0].text) == (2 * HEIGHT, "Hello")
    assert found.image.width > found.image.height
    assert all(letter.box is None for letter in found.letters[0])
