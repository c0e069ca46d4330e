"""The update in parts: independent of the parts, and of PyTorch's private kernel."""

import pytest
import torch
from torch import Tensor

from dlhw.hopfield import streaming
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.rounding import energy_scale
from dlhw.hopfield.streaming import Attended, attend


@pytest.fixture(params=["flash", "formula"])
def either_kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "formula":
        monkeypatch.setattr(streaming, "_FLASH", None)
    else:
        assert streaming._FLASH is not None, "this PyTorch has no such kernel: the formula is used"


def energies(energy: Energy, q: Tensor, attended: Attended) -> Tensor:
    constant = energy.log_count + 0.5 * energy.largest_norm**2
    return 0.5 * q.square().sum(dim=1) + constant - attended.log_sum_exp / energy.beta


@pytest.mark.usefixtures("either_kernel")
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("queries", [1, 7, 64, 100])
@pytest.mark.parametrize("part", [None, 1, 37, 512, 5000])
def test_the_result_does_not_depend_on_the_parts(dtype: torch.dtype, queries: int, part: int | None) -> None:
    generator = torch.Generator().manual_seed(queries)
    X = torch.randn(1111, 24, generator=generator, dtype=torch.float64).to(dtype)
    Q = 2 * torch.randn(queries, 24, generator=generator, dtype=torch.float64).to(dtype)
    exact = Energy(X.double(), 0.6)
    attended = attend(X, Q, 0.6, part=part)
    eps = torch.finfo(dtype).eps
    scale = energy_scale(Q.double(), exact.largest_norm, exact.log_count)
    assert ((energies(exact, Q.double(), attended) - exact.value(Q.double())).abs() <= 16 * eps * scale).all()
    update_scale = exact.largest_norm * (1 + 0.6 * exact.largest_norm * Q.double().norm(dim=1, keepdim=True))
    assert ((attended.output - exact.update(Q.double())).abs() <= 16 * eps * update_scale).all()


@pytest.mark.usefixtures("either_kernel")
@pytest.mark.parametrize(("count", "dimension"), [(1, 1), (1, 5), (3, 1), (2, 700)])
def test_memories_of_any_shape(count: int, dimension: int) -> None:
    X, Q = torch.randn(count, dimension, dtype=torch.float64), torch.randn(4, dimension, dtype=torch.float64)
    attended = attend(X, Q, 0.3)
    torch.testing.assert_close(attended.output, Energy(X, 0.3).update(Q), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(attended.log_sum_exp, (0.3 * Q @ X.T).logsumexp(dim=1), rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("either_kernel")
def test_scores_beyond_the_largest_exponent() -> None:
    X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    attended = attend(X, torch.tensor([[5000.0, 4999.0]], dtype=torch.float64), 1.0, part=2)
    share = 1 / (1 + torch.tensor(-1.0, dtype=torch.float64).exp())
    torch.testing.assert_close(attended.output[0, 0], share)
    assert attended.log_sum_exp.item() == pytest.approx(5000 - float(share.log()))


@pytest.mark.usefixtures("either_kernel")
@pytest.mark.parametrize("part", [None, 7])
def test_rows_whose_numbers_are_no_neighbours_in_memory(part: int | None) -> None:
    """A transposed tensor, and each second column of another: PyTorch's kernel misreads such queries."""
    generator = torch.Generator().manual_seed(4)
    X = torch.randn(8, 40, generator=generator, dtype=torch.float64).T
    Q = torch.randn(3, 16, generator=generator, dtype=torch.float64)
    for patterns, queries in ((X, Q[:, ::2]), (X.contiguous(), Q[:, ::2]), (X, Q[:, ::2].T.contiguous().T)):
        attended = attend(patterns, queries, 0.3, part=part)
        torch.testing.assert_close(attended.output, Energy(X, 0.3).update(queries), rtol=1e-12, atol=1e-12)
