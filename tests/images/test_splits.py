from __future__ import annotations

import pytest

from dlhw.images.splits import split_of, split_word, without_split


@pytest.mark.parametrize(
    ("split", "names"),
    [
        ("train", "train Train TRAIN training training_set trainset Train-Images seg_train train2017 rec_gt_train"),
        ("validation", "val valid Validation validation_set seg_val dev valset labels_val val2017"),
        ("test", "test Test testing test_set TestSet testdata seg_test gt.test test1 test_images"),
        (None, "trains latest contest bus train_station testament intrain data images set 2017 prétrain"),
    ],
)
def test_splits_are_told_by_their_names(split: str | None, names: str) -> None:
    assert {name: split_of(name) for name in names.split()} == dict.fromkeys(names.split(), split)


def test_a_name_of_two_splits_is_none() -> None:
    assert split_of("train_test") is None
    assert split_of("") is None
    assert split_of("training set") == "train"


def test_one_word_of_a_longer_name_may_be_that_of_a_split() -> None:
    names = ("written_name_train_v2", "written-name-VAL-v2", "my_test", "train_or_test", "latest")
    assert [split_word(name) for name in names] == ["train", "validation", "test", None, None]
    assert without_split("written_name_train_v2") == without_split("Written_name_testing_v2") == "written_name_*_v2"
