from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator

import pytest

from dlhw.cores import limit_threads, pool_threads, usable_cores
from dlhw.images.pool import decode_all


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("OMP_NUM_THREADS")
    limit_threads(None)
    yield
    limit_threads(None)


def threads_used(count: int = 12) -> int:
    def which(_: int) -> int:
        time.sleep(0.01)
        return threading.get_ident()

    return len(set(decode_all(range(count), which)))


def test_threads_are_those_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.cores.usable_cores", lambda: 4)
    assert pool_threads() == 4
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")
    assert threads_used() == pool_threads() == 2
    limit_threads(3)
    assert threads_used() == pool_threads() == 3
    limit_threads(10_000)
    assert pool_threads() == 4, "more threads than cores wait for each other"
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    limit_threads(None)
    assert pool_threads() == 4


def test_the_cores_are_those_of_this_process() -> None:
    assert 1 <= pool_threads() == usable_cores()


def test_results_come_in_order_and_are_counted() -> None:
    seen = []

    def track(items: Iterable[int], total: int) -> Iterator[int]:
        for item in items:
            seen.append((item, total))
            yield item

    assert decode_all(range(20), lambda item: -item, track=track, threads=3) == [-item for item in range(20)]
    assert seen == [(-item, 20) for item in range(20)]


def test_a_failure_cancels_what_waits() -> None:
    begun = []

    def decode(item: int) -> None:
        begun.append(item)
        time.sleep(0.002)
        if item == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_all(range(500), decode, threads=2)
    assert len(begun) < 100
