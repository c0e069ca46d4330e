from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import typer
from typer.testing import CliRunner

from dlhw.cli.options import DeviceName, Json, Seed, Threads, resume_hint, with_options


@dataclass(frozen=True, kw_only=True)
class Asked:
    seed: Seed
    threads: Threads = 2
    json: Json = False
    started: float = field(init=False, default_factory=lambda: 7.0)


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


def test_a_command_gets_the_options_of_a_dataclass() -> None:
    app, seen = typer.Typer(rich_markup_mode=None), list[object]()

    @app.command()
    @with_options(Asked, without=["json"])
    def show(name: str, *, asked: Asked) -> None:
        """Shows."""
        seen.extend((name, asked.seed, asked.threads, asked.json, asked.started))

    assert CliRunner().invoke(app, ["x", "--seed", "3"]).exit_code == 0
    assert seen == ["x", 3, 2, False, 7.0]
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert shown.index("--seed") < shown.index("--threads")
    assert "--json" not in shown
    assert "asked" not in shown
    assert CliRunner().invoke(app, ["x"]).exit_code == 2, "a field without a default has to be given"
