from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.cnn.settings import Settings, trial_name
from dlhw.errors import UsageError


@given(
    rates=st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=4, unique=True),
    epochs=st.integers(1, 1000),
    seed=st.integers(0, 2**32 - 1),
)
def test_settings_survive_a_runs_config(rates: list[float], epochs: int, seed: int) -> None:
    settings = Settings(network="gap", learning_rates=tuple(rates), epochs=epochs, seed=seed)
    assert Settings.from_config(settings.as_config() | {"command": "cnn-train"}) == settings
    assert len({trial_name(rate, seed) for rate in rates}) == len(rates)


def test_the_defaults_are_the_homeworks() -> None:
    settings = Settings()
    assert (settings.network, settings.learning_rates, settings.epochs) == ("flatten", (0.01,), 40)
    assert (settings.batch_size, settings.dropout, settings.seed) == (8, 0.1, 42)
    assert trial_name(0.01, 42) == "lr0.01-seed42"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rates": (0.0,)}, "`learning_rates` must be numbers above 0, got 0"),
        ({"learning_rates": (0.1, -1.0)}, "got -1"),
        ({"learning_rates": (math.nan,)}, "got nan"),
        ({"learning_rates": (math.inf,)}, "got inf"),
        ({"learning_rates": ()}, "at least one"),
        ({"learning_rates": (0.1, 0.1)}, "two values of `learning_rates` are equal"),
        ({"epochs": 0}, "`epochs` must be 1 or more, got 0"),
        ({"batch_size": 0}, "`batch_size` must be 1 or more"),
        ({"batch_size": 1, "network": "gap"}, "batches of one"),
        ({"dropout": 1.0}, "dropout"),
        ({"seed": -1}, "`seed`"),
        ({"seeds": 0}, "`seeds` must be 1 or more, got 0"),
        ({"seed": 2**32 - 2, "seeds": 3}, "got 4294967294, and with 3 seeds the last one is 4294967296"),
        ({"recipe": "weak"}, "homework, strong, study, got 'weak'"),
        ({"network": "resnet"}, "flatten, gap, got 'resnet'"),
    ],
)
def test_what_is_out_of_range_is_said(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Settings(**change)


def test_every_learning_rate_is_trained_with_every_seed() -> None:
    settings = Settings(learning_rates=(0.1, 0.01), seed=7, seeds=2)
    assert settings.trials() == [(0.1, 7), (0.1, 8), (0.01, 7), (0.01, 8)]


def test_a_recipes_defaults_give_way() -> None:
    strong = Settings.of_recipe(recipe="strong", network="gap", epochs=3)
    assert (strong.recipe, strong.network, strong.epochs, strong.dropout) == ("strong", "gap", 3, 0.0)
    assert strong.batch_size > Settings().batch_size
    assert Settings.of_recipe() == Settings.of_recipe(recipe="homework") == Settings()


def test_a_run_of_an_earlier_version_has_one_seed() -> None:
    config = Settings(network="gap").as_config()
    del config["seeds"]
    assert Settings.from_config(config) == Settings(network="gap")
