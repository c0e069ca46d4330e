from __future__ import annotations

import pytest

from dlhw.cli.options import DeviceName, changed, resume_hint


@pytest.mark.parametrize(
    ("device", "deterministic", "options"),
    [
        ("auto", False, ""),
        ("cuda", False, " --device cuda"),
        ("cpu", True, " --device cpu --deterministic"),
    ],
)
def test_a_hint_names_what_the_run_was_asked_to_compute_on(
    device: DeviceName, deterministic: bool, options: str
) -> None:
    hint = resume_hint("cnn train", "my runs/1", device, deterministic=deterministic)
    assert hint == f"to continue: dlhw cnn train --resume --out 'my runs/1'{options}"


def test_what_was_asked_for_is_not_kept() -> None:
    assert changed("auto", None) == []
    assert changed("cuda", 2) == ["device", "threads"]
