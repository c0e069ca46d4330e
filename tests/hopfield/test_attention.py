"""One update is one cross-attention, and what is not is told apart."""

from dataclasses import replace

import pytest
import torch

from dlhw.hopfield import attention
from dlhw.hopfield.attention import compare_attention, identity_layer, separate_heads
from dlhw.hopfield.energy import Energy


def normal(rows: int, dimension: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(
    ("count", "dimension", "queries"), [(8, 64, 1), (100, 512, 7), (5, 16, 64), (1, 1, 1), (3, 7, 2)]
)
def test_every_implementation_agrees_within_the_stated_tolerances(count: int, dimension: int, queries: int) -> None:
    found = compare_attention(normal(count, dimension), normal(queries, dimension, seed=1))
    assert found.passed
    tolerances = {each.dtype: each.tolerance for each in found.implementations}
    assert tolerances == {"float64": 1e-12, "float32": 1e-5, "bfloat16": 2e-2}
    names = {each.name for each in found.implementations}
    assert {"scaled_dot_product_attention", "MultiheadAttention, need_weights=True"} <= names
    assert any("math" in name for name in names)


def test_in_bfloat16_only_scaled_dot_product_attention_is_judged() -> None:
    found = compare_attention(normal(8, 16), normal(3, 16, seed=1))
    for each in found.implementations:
        judged = each.dtype != "bfloat16" or each.name.startswith("scaled_dot_product")
        assert (each.passed is None) == (not judged)


def test_every_control_is_detected() -> None:
    found = compare_attention(normal(8, 16), normal(3, 16, seed=1))
    assert len(found.controls) == 4
    assert all(each.detected and each.worst > 0.01 for each in found.controls)


def test_controls_do_not_depend_on_the_users_patterns() -> None:
    """A saturated memory answers alike for any β: it could not tell a wrong one."""
    saturated = compare_attention(100 * normal(8, 16), normal(3, 16, seed=1))
    assert saturated.controls == compare_attention(normal(8, 16), normal(3, 16, seed=1)).controls


def test_a_wrong_implementation_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right = attention._scaled_dot_product
    monkeypatch.setattr(attention, "_scaled_dot_product", lambda Q, X: right(Q, X) * 1.05)
    found = compare_attention(normal(8, 16), normal(3, 16, seed=1))
    assert not found.passed
    assert not found.as_document()["passed"]
    failed = {each.name for each in found.implementations if each.passed is False}
    assert all(name.startswith("scaled_dot_product") for name in failed)


def test_an_implementation_that_gives_no_number_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_loop", lambda Q, X: Q * torch.nan)
    found = compare_attention(normal(8, 16), normal(3, 16, seed=1))
    assert not found.passed
    assert found.as_document()["worst"] is None


def test_an_undetected_control_fails() -> None:
    found = compare_attention(normal(8, 16), normal(3, 16, seed=1))
    blind = replace(found, controls=(attention.Control("nothing", 0.0, False),))
    assert not blind.passed


def test_of_large_states_the_layers_are_given_a_sample_and_it_is_said() -> None:
    """Four identities of 3,000 coordinates are 288 MB in float64; the functions are compared on all of them."""
    made = []
    original = identity_layer

    def track(dimension: int, heads: int, dtype: torch.dtype) -> torch.nn.MultiheadAttention:
        made.append(dimension)
        return original(dimension, heads, dtype)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention, "identity_layer", track)
        found = compare_attention(normal(5, 3000), normal(1100, 3000, seed=1))
    assert found.passed
    assert (found.patterns, found.queries, found.coordinates) == (5, 1024, 512)
    assert set(made) <= {512, 16}
    assert found.as_document()["coordinates"] == 512


def test_heads_are_separate_memories_and_not_one() -> None:
    X, Q = normal(8, 16), normal(3, 16, seed=1)
    with torch.no_grad():
        through = identity_layer(16, 4, torch.float64)(Q[None], X[None], X[None])[0][0]
    torch.testing.assert_close(separate_heads(X, Q, 4), through, rtol=0, atol=1e-13)
    assert (through - Energy(X).update(Q)).abs().max() > 0.1


def test_the_document_has_the_promised_keys() -> None:
    document = compare_attention(normal(4, 6), normal(2, 6, seed=1)).as_document()
    compared = {"patterns", "queries", "coordinates"}
    assert document.keys() == {"passed", "worst", "tolerance", "implementations", "controls"} | compared
    assert document["implementations"][0].keys() == {"name", "dtype", "worst", "tolerance", "passed"}
    assert document["controls"][0].keys() == {"name", "worst", "detected"}
    assert document["worst"] <= document["tolerance"] == 1e-12
