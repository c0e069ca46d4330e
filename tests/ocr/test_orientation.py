from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from dlhw.images.arguments import ImageArgument
from dlhw.ocr.data import Stance, Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.orientation import TURNS, likeliest_stance, set_right
from dlhw.ocr.preprocessing import HEIGHT, prepare
from dlhw.ocr.pretrained import ATTENTION, pretrained
from dlhw.ocr.reading import read_images
from dlhw.ocr.recognizer import Reading, Recognizer, load_recognizer
from dlhw.ocr.rendering.font_files import matplotlib_files
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.rendered import render_word
from dlhw.ocr.second_look.reader import Method, Rereader
from dlhw.ocr.sliding_window import cut_wide
from dlhw.ocr.sources import load_words
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
    assert set_right(Image.new("L", (40, 40))) is None
    assert set_right(Image.new("L", (80, 40))) is None
    image = noise(120, seed=1).rotate(90, expand=True)
    made = set_right(image)
    assert made is not None
    assert (made["right"] == prepare(noise(120, seed=1))).all(), "the second turn undoes one to the left"
    assert all(one.shape[0] == HEIGHT for one in made.values())


def reading(text: str, log_probability: float) -> Reading:
    return Reading(text=text, log_probability=log_probability, truncated=False, attention=None)


@pytest.mark.parametrize(
    ("upright", "turns", "best"),
    [
        (("8", -0.5), (("m", -0.2), ("w", -3.0)), "upright"),
        (("8", -2.0), (("m", -0.2), ("w", -3.0)), "left"),
        (("8", -2.0), (("m", -3.0), ("w", -0.5)), "right"),
        (("i", -0.4), (("Hello", -0.4), ("w", -0.4)), "left"),
        (("Hello", -0.4), (("i", -0.1), ("w", -0.1)), "upright"),
    ],
)
def test_a_turn_must_be_likelier_or_show_more_letters(
    upright: tuple[str, float], turns: tuple[tuple[str, float], ...], best: str
) -> None:
    others: dict[Stance, Reading] = {"left": reading(*turns[0]), "right": reading(*turns[1])}
    assert likeliest_stance(reading(*upright), others) == best
    assert likeliest_stance(reading(*upright), {}) == "upright"


@pytest.mark.parametrize("stance", TURNS)
@pytest.mark.parametrize("second_look", [False, True])
def test_a_word_on_end_is_read_as_if_it_lay(stance: Stance, second_look: bool) -> None:
    lying = Words.pack([prepare(on_end(0))], ["Hello"], ["a"])
    expected = packed().read(lying, BEAM, attention=True)[0]
    assert expected[0].text == "Hello"
    image = on_end(-TURNS[stance])
    words = Words.pack([prepare(image)], ["Hello"], ["a"], on_end=[set_right(image)])
    assert packed().read(words, BEAM)[0][0].text != "Hello", "as it stands it cannot be read"
    (look,) = reader(second_look=second_look).look(words, BEAM)
    assert [one.text for one in look.first] == [one.text for one in expected]
    assert {one.stance for one in look.first} == {stance}
    (found,) = reader(second_look=second_look).read(words, BEAM, attention=True)
    assert (found[0].text, found[0].stance) == ("Hello", stance)
    assert found[0].attention is not None
    assert expected[0].attention is not None
    np.testing.assert_allclose(found[0].attention, expected[0].attention, atol=1e-3)


def test_turned_images_go_where_their_words_go() -> None:
    image = on_end(90)
    both = set_right(image)
    assert both is not None
    wide = cut_wide(Image.new("L", (600, 32)))
    flat = prepare(noise(60, seed=5))
    words = Words.pack([flat, prepare(image)], ["a", "b"], ["a", "b"], on_end=[None, both], wide=[wide, None])
    joined = Words.join([words.select([0]), words, words.select([1, 0])])
    assert sorted(joined.on_end) == [2, 3]
    assert joined.wide == {0: wide, 1: wide, 4: wide}
    for index in joined.on_end:
        np.testing.assert_array_equal(joined.on_end[index]["left"], both["left"])
    assert words.fingerprint() == replace(words, on_end={}, wide={}).fingerprint(), "they follow from the images"


def test_files_on_end_are_turned_from_all_their_pixels(tmp_path: Path) -> None:
    image = noise(160, seed=3).rotate(90, expand=True)
    image.save(tmp_path / "tall.png")
    write(tmp_path / "labels.tsv", "tall.png\tab\n")
    words = load_words(tmp_path).words
    np.testing.assert_array_equal(words.on_end[0]["right"], prepare(noise(160, seed=3)))


def test_an_image_on_end_is_shown_as_it_was_read(tmp_path: Path) -> None:
    on_end(-90).save(tmp_path / "tall.png")
    asked = [ImageArgument(name="tall.png", source=tmp_path / "tall.png")]
    (found,) = read_images(reader(), asked, BEAM, attention=True, letters=True)
    assert found.candidates[0].stance == "left"
    assert found.image is not None
    assert (found.image.height, found.candidates[0].text) == (2 * HEIGHT, "Hello")
    assert found.image.width > found.image.height
    assert all(letter.box is None for letter in found.letters[0])


def stack(text: str, *, light: bool = False) -> Image.Image:
    """Letters one below the other, in plain print."""
    font = ImageFont.truetype(str(matplotlib_files(("DejaVuSans.ttf",))[0]), 36)
    image = Image.new("RGB", (60, 48 * len(text)), "black" if light else "white")
    draw = ImageDraw.Draw(image)
    for place, letter in enumerate(text):
        draw.text((30, 24 + 48 * place), letter, "white" if light else "black", font, anchor="mm")
    return image


@pytest.mark.parametrize("light", [False, True])
def test_letters_one_below_the_other_are_read(light: bool) -> None:
    image = stack("KITCHEN", light=light)
    words = Words.pack([prepare(image)], ["KITCHEN"], ["a"], on_end=[set_right(image)])
    (found,) = reader(second_look=False).read(words, BEAM)
    assert (found[0].text, found[0].stance) == ("KITCHEN", "stacked")


def test_what_is_no_stack_is_not_taken_apart() -> None:
    two_letters, dotted, blank = stack("AB"), stack("i").crop((24, 0, 36, 48)), Image.new("L", (20, 80))
    for image in (two_letters, dotted, blank, stack("ATA:")):
        assert "stacked" not in (set_right(image) or {}), image.size
