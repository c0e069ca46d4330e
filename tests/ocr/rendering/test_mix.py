from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import PIL
import pytest

from dlhw.ocr.rendering.drawing.camera import LENSES
from dlhw.ocr.rendering.drawing.styles import STYLES
from dlhw.ocr.rendering.drawing.surroundings import BEFORE, BEHIND
from dlhw.ocr.rendering.mix import FRAGILE, FULL, MIXES, READER, Difficulty, Mix, Plan, pick
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.words.source import WordSource

HOMEWORK = "e4f02d80fcc9eb01877f696b345f078289c4ddc1989dabdbf03d77cf1b5dc2c4"
"""Of the first sixty test words in plain print and in the homework's mix. A new number here means that all figures of
the homework's networks have to be measured again."""

HOMEWORKS: tuple[Difficulty, ...] = ("plain", "full")


@pytest.mark.skipif(PIL.__version__ != "13.0.0", reason="other versions of Pillow draw other pixels")
def test_the_words_of_the_homeworks_networks_stay_the_same_bit_for_bit() -> None:
    digest = hashlib.sha256()
    for difficulty in HOMEWORKS:
        packed = rendered_words(WordSource(), "test", seed=42, difficulty=difficulty).pack(0, 60)
        digest.update(packed.pixels.tobytes())
        digest.update("\n".join(packed.texts).encode())
    assert digest.hexdigest() == HOMEWORK


def test_a_mix_never_changes_under_its_name() -> None:
    assert [mix.name for mix in MIXES.values()] == list(MIXES)
    with pytest.raises(FrozenInstanceError):
        FULL.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        FULL.looks[0] = ("plain", 1.0)  # type: ignore[index]
    with pytest.raises(ValueError, match="the chances of looks of wrong do not sum to 1"):
        Mix(name="wrong", looks=(("plain", 0.5), ("world", 0.4)))


def test_kinds_come_as_often_as_the_mix_says() -> None:
    rng = np.random.default_rng(0)
    plans = [READER.plan(rng) for _ in range(20_000)]
    chances = {"line": READER.lines, "pose": READER.poses, "style": READER.styles, "behind": READER.behind}
    for stage, expected in chances.items():
        counts = Counter(getattr(plan, stage) for plan in plans)
        for name, chance in expected:
            assert counts[name] / len(plans) == pytest.approx(chance, abs=0.012), name
    assert all(plan.lens == "usual" and plan.before == "nothing" for plan in plans if plan.style in FRAGILE)


def test_every_kind_can_be_drawn() -> None:
    drawn = {"styles": STYLES, "behind": BEHIND, "before": BEFORE, "lenses": LENSES}
    for stage, functions in drawn.items():
        assert {name for name, _ in getattr(READER, stage)} == set(functions), stage
    assert set(STYLES) >= FRAGILE
    usual = {field.name: getattr(Plan(), field.name) for field in fields(Plan)}
    assert replace(Plan(), **usual) == Plan()


def test_where_there_is_one_kind_nothing_is_drawn() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert pick((("plain", 1.0),), rng) == "plain"
    assert rng.bit_generator.state == before
