"""What a first signal is answered, beside a frame that is redrawn and without one."""

from __future__ import annotations

import signal

import pytest

from dlhw.cli.signals import stop_requests
from dlhw.console.views import STOP_NOTED


@pytest.mark.parametrize("live", [False, True])
def test_a_stop_is_answered_in_a_line_of_its_own_or_in_the_last_of_the_frame(
    live: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    with stop_requests(live=live) as should_stop:
        assert should_stop() == 0
        signal.raise_signal(signal.SIGINT)
        assert should_stop() == signal.SIGINT
    answer = capfd.readouterr().err
    assert STOP_NOTED in answer
    assert ("\n" in answer) != live, "a line more would shift the frame"


def test_the_answer_fits_the_least_terminal() -> None:
    from dlhw.console.views import MINIMUM_WIDTH

    assert len(STOP_NOTED) < MINIMUM_WIDTH
