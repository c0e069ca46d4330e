from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dlhw.errors import CheckpointError, UsageError
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.prior.frequencies import WordFrequencies
from dlhw.ocr.recognizer import Reading, Recognizer
from dlhw.ocr.second_look.reader import NEAR, SURE, Looks, Method, Rereader, reader_for
from dlhw.ocr.second_look.settings import Calibrations, ReadingSettings
from dlhw.ocr.second_look.weighing import Calibration
from tests.ocr.recognisers import recognizer, words

BEAM = BeamSearch(width=3)


class Liking:
    """A prior that likes one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def log_weight(self, text: str) -> float:
        return 5.0 if text == self.text else 0.0


def surer() -> Recognizer:
    """The small network, sure of some words and not of others."""
    return replace(recognizer(), temperature=0.3)


def looking(**method: object) -> Rereader:
    return Rereader(recognizer=surer(), method=Method(**method))  # type: ignore[arg-type]


def reading(text: str, p: float) -> Reading:
    return Reading(text=text, log_probability=math.log(p), truncated=False, attention=None)


def test_plain_it_reads_as_its_recogniser() -> None:
    assert looking().read(words(), BEAM) == surer().read(words(), BEAM)


def test_what_is_sure_stands_and_what_is_not_is_seen_from_more_views() -> None:
    plain = surer().read(words(), BEAM)
    looks = looking(second_look=True).look(words(), BEAM)
    again = looking(second_look=True, prior=Liking("x")).read(words(), BEAM)
    sure = [found[0].log_probability >= math.log(SURE) for found in plain]
    assert {True, False} == set(sure), "the small network is sure of some words alone"
    for found, one, chosen, is_sure in zip(plain, looks, again, sure, strict=True):
        assert list(one.first) == found
        if is_sure:
            assert not one.others
            assert chosen == found
        else:
            assert len(one.others) >= NEAR
            assert chosen != found


def test_a_word_is_read_the_same_alone_and_among_others() -> None:
    reader = looking(second_look=True, prior=Liking("ab"))
    together = reader.read(words(), BEAM)
    for index, expected in enumerate(together):
        (alone,) = reader.read(words().select([index]), BEAM)
        assert [one.text for one in alone] == [one.text for one in expected]
        assert [one.log_probability for one in alone] == pytest.approx(
            [one.log_probability for one in expected], abs=1e-3
        )


def test_there_are_no_more_candidates_than_the_search_is_wide() -> None:
    for width in (2, 3):
        found = looking(second_look=True).read(words(), BeamSearch(width=width))
        assert all(1 <= len(candidates) <= width for candidates in found)
        for candidates in found:
            values = [one.log_probability for one in candidates]
            assert values == sorted(values, reverse=True)
            assert sum(map(math.exp, values)) <= 1 + 1e-6


def test_a_prior_chooses_among_what_was_found() -> None:
    looks = Looks(first=(reading("hotfl", 0.5), reading("hotel", 0.1)), others=((reading("hotels", 0.3),),))
    for second_look, prior, first in (
        (False, None, "hotfl"),
        (False, Liking("hotel"), "hotel"),
        (False, Liking("hotels"), "hotfl"),
        (True, Liking("hotels"), "hotels"),
    ):
        method = Method(second_look=second_look, prior=prior)
        assert looking().choose(looks, method)[0].text == first
    sure = Looks(first=(reading("hotfl", 0.95), reading("hotel", 0.04)))
    assert looking(prior=Liking("hotel")).choose(sure)[0].text == "hotfl"
    assert looking(second_look=True).choose(Looks(first=())) == []


def test_attention_is_that_of_the_image_itself() -> None:
    found = looking(second_look=True).read(words(), BEAM, attention=True)
    plain = surer().read(words(), BEAM, attention=True)
    for candidates, own in zip(found, plain, strict=True):
        assert own[0].attention is not None
        for one in candidates:
            assert one.attention is not None
            assert one.attention.shape == (len(one.text), own[0].attention.shape[1])


def test_it_reads_as_the_checkpoint_says_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    known = WordFrequencies.of({"ab": 1e-3})
    monkeypatch.setattr("dlhw.ocr.second_look.reader.word_frequencies", lambda language: known)
    plain = {"second_look": False, "prior": None, "lexicon": None}
    packed = replace(recognizer(), settings=ReadingSettings(second_look=True, prior="de"))
    assert reader_for(recognizer(), BEAM).describe() == plain
    assert reader_for(packed, BEAM).describe() == plain | {"second_look": True, "prior": "de"}
    assert reader_for(packed, BEAM, second_look=False, prior="none").describe() == plain
    asked = reader_for(recognizer(), BEAM, second_look=True, prior="en")
    assert asked.describe() == plain | {"second_look": True, "prior": "en"}
    for decoder in (BeamSearch(width=1), NucleusSampling()):
        assert reader_for(packed, decoder).describe() == plain
        with pytest.raises(UsageError, match="weigh the candidates of a beam"):
            reader_for(packed, decoder, second_look=True)
        with pytest.raises(UsageError, match="weigh the candidates of a beam"):
            reader_for(packed, decoder, prior="en")


def test_settings_come_back_from_a_header() -> None:
    made = ReadingSettings(
        second_look=True, prior="en", calibrations=Calibrations(both=Calibration(scale=2.0, nothing=-1.0))
    )
    assert ReadingSettings.from_header(made.as_header()) == made
    assert ReadingSettings.from_header(None) == ReadingSettings()


@pytest.mark.parametrize(
    "changed",
    [
        {"second_look": 1},
        {"prior": 3},
        {"calibrations": {"both": [0, 1]}},
        {"calibrations": {"both": [1]}},
        {"calibrations": {"other": [1, 1]}},
        {"calibrations": []},
    ],
)
def test_damaged_settings_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match="is damaged"):
        ReadingSettings.from_header({**ReadingSettings().as_header(), **changed})
    with pytest.raises(CheckpointError, match="is damaged"):
        ReadingSettings.from_header({})
