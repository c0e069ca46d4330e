from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from dlhw.ocr import recognizer as module
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.parallel_reading import side_by_side
from tests.ocr.recognisers import recognizer, words

CPU = torch.device("cpu")


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_keep_their_order_and_threads_are_given_back(two_threads: None) -> None:
    def seen(item: int) -> tuple[int, int, str]:
        return item, torch.get_num_threads(), threading.current_thread().name

    with side_by_side(seen, range(20), device=CPU) as results:
        found = list(results)
    assert [item for item, _, _ in found] == list(range(20))
    assert {threads for _, threads, _ in found} == {1}, "each computes alone"
    assert threading.current_thread().name not in {name for _, _, name in found}
    assert torch.get_num_threads() == 2


def test_an_error_comes_through_and_threads_are_given_back(two_threads: None) -> None:
    def fail(item: int) -> int:
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item 0"), side_by_side(fail, range(4), device=CPU) as results:
        list(results)
    assert torch.get_num_threads() == 2


def test_readings_are_the_same_however_many_read(two_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READING_BATCH", 2)
    together = recognizer().read(words(), BeamSearch(width=3))
    torch.set_num_threads(1)
    assert recognizer().read(words(), BeamSearch(width=3)) == together
