"""The certificate, against fixed points found with sixty digits."""

import math

import mpmath  # type: ignore[import-untyped]
import pytest
import torch
from torch import Tensor

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.certificate import Certificate, certify
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.geometry import diameter_bound

Vector = list[mpmath.mpf]


def double(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def weights(X: list[Vector], beta: mpmath.mpf, q: Vector) -> Vector:
    scores = [beta * mpmath.fdot(x, q) for x in X]
    largest = max(scores)
    exponentials = [mpmath.exp(z - largest) for z in scores]
    total = mpmath.fsum(exponentials)
    return [e / total for e in exponentials]


def update_and_jacobian(X: list[Vector], beta: mpmath.mpf, q: Vector) -> tuple[Vector, mpmath.matrix]:
    p, size = weights(X, beta, q), range(len(q))
    f = [mpmath.fdot(p, [x[i] for x in X]) for i in size]
    J = mpmath.matrix(len(q), len(q))
    for i in size:
        for j in size:
            J[i, j] = beta * mpmath.fsum(w * (x[i] - f[i]) * (x[j] - f[j]) for w, x in zip(p, X, strict=True))
    return f, J


def exact_fixed_point(energy: Energy, q: Tensor) -> tuple[Vector, mpmath.mpf]:
    """Newton from q with sixty digits, and λ_max(J) there."""
    X = [[mpmath.mpf(v) for v in row] for row in energy.patterns.tolist()]
    beta, state = mpmath.mpf(energy.beta), [mpmath.mpf(v) for v in q.tolist()]
    for _ in range(60):
        f, J = update_and_jacobian(X, beta, state)
        residual = mpmath.matrix([a - b for a, b in zip(f, state, strict=True)])
        step = mpmath.lu_solve(mpmath.eye(len(state)) - J, residual)
        state = [v + s for v, s in zip(state, step, strict=True)]
        if mpmath.norm(step) < mpmath.mpf(10) ** -50:
            eigenvalues = mpmath.eigsy(update_and_jacobian(X, beta, state)[1], eigvals_only=True)
            return state, max(eigenvalues)
    raise AssertionError("Newton did not converge")


def random_run(generator: torch.Generator) -> tuple[Energy, Tensor]:
    """A small memory of any β and spread, and a state that an iteration of any length left."""

    def uniform(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=generator, dtype=torch.float64))

    count, dimension = (int(torch.randint(low, 6, (), generator=generator)) for low in (2, 1))
    X = torch.randn(count, dimension, generator=generator, dtype=torch.float64) * 10 ** uniform(-1, 1)
    energy = Energy(X, 10 ** uniform(-2, 2))
    q = X[0] + 10 ** uniform(-2, 0) * torch.randn(dimension, generator=generator, dtype=torch.float64)
    steps = int(10 ** uniform(0, 3))
    return energy, retrieve(energy, q, steps=steps, tolerance=0, history=False).states[0]


def check_runs(runs: int, seed: int) -> tuple[int, list[float]]:
    """Certified states, each compared with the exact fixed point: how many, and how sharp their bounds are."""
    generator = torch.Generator().manual_seed(seed)
    certified, sharpness = 0, []
    with mpmath.workdps(60):
        for _ in range(runs):
            energy, q = random_run(generator)
            certificate = certify(energy, q)
            if not certificate.certified:
                assert certificate.error_bound is None
                assert certificate.reason
                continue
            certified += 1
            assert certificate.error_bound is not None
            truth, largest = exact_fixed_point(energy, q)
            error = mpmath.norm([a - mpmath.mpf(b) for a, b in zip(truth, q.tolist(), strict=True)])
            assert error <= mpmath.mpf(certificate.error_bound), (energy.patterns, energy.beta, q)
            assert largest < 1, (energy.patterns, energy.beta, q)
            X = [[mpmath.mpf(v) for v in row] for row in energy.patterns.tolist()]
            J = update_and_jacobian(X, mpmath.mpf(energy.beta), [mpmath.mpf(v) for v in q.tolist()])[1]
            assert max(mpmath.eigsy(J, eigvals_only=True)) <= mpmath.mpf(certificate.lambda_upper)
            if error > 1e-12:
                sharpness.append(certificate.error_bound / float(error))
    return certified, sharpness


def test_no_certificate_is_wrong() -> None:
    certified, sharpness = check_runs(250, seed=1)
    assert certified > 150
    assert all(ratio >= 1 for ratio in sharpness)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_no_certificate_of_ten_thousand_is_wrong() -> None:
    certified, sharpness = check_runs(10_000, seed=2)
    print(f"certified {certified} of 10,000; bound over error, median {sorted(sharpness)[len(sharpness) // 2]:.3f}")
    assert certified > 6_000


def end_of(X: Tensor, beta: float, q: float, **options: float) -> Certificate:
    energy = Energy(X, beta)
    return certify(energy, retrieve(energy, double([[q]]), **options).states[0])  # type: ignore[arg-type]


PAIR = double([[1.0], [-1.0]])


def test_stopping_where_minima_split_is_not_certified() -> None:
    certificate = end_of(PAIR, 1.0, 0.5, tolerance=1e-6, steps=20_000)
    assert not certificate.certified
    assert certificate.kind is None
    assert "give more `steps`, or a smaller `tolerance`" in certificate.reason


def test_a_maximum_is_named_and_not_certified() -> None:
    certificate = end_of(PAIR, 4.0, 0.0)
    assert (certificate.certified, certificate.kind) == (False, "maximum")
    assert certificate.lambda_upper == pytest.approx(4)


def test_a_saddle_is_named_and_not_certified() -> None:
    X = double([[1.0, 0.0], [-1.0, 0.0]])
    certificate = certify(Energy(X, 4.0), double([0.0, 0.0]))
    assert (certificate.certified, certificate.kind) == (False, "saddle")


def test_a_retrieved_pattern_is_a_certified_minimum() -> None:
    certificate = end_of(PAIR, 4.0, 0.3)
    assert (certificate.certified, certificate.kind) == (True, "minimum")
    assert certificate.lambda_upper < 1
    assert certificate.uniqueness_radius is not None
    assert certificate.error_bound is not None
    assert 0 <= certificate.error_bound < certificate.uniqueness_radius
    assert certificate.effective_patterns < 1.01


def test_a_warm_memory_has_one_fixed_point() -> None:
    certificate = end_of(PAIR, 0.5, 0.9)
    assert certificate.certified
    assert certificate.unique_everywhere
    assert certificate.effective_patterns == pytest.approx(2)


def test_halfway_down_nothing_is_certified() -> None:
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    assert not certify(Energy(X, 3.0), double([5.0, 5.0, 5.0])).certified


@pytest.mark.parametrize("beta", [1e3, 1e6])
def test_cold_memories_are_certified_too(beta: float) -> None:
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(9, 4, generator=generator, dtype=torch.float64)
    certificate = certify(Energy(X, beta), retrieve(Energy(X, beta), X[3] * 1.1).states[0])
    assert certificate.certified
    assert "one pattern outweighs" in certificate.reason or "Kantorovich" in certificate.reason


@pytest.mark.parametrize("X", [[[2.0, 1.0]], [[2.0, 1.0], [2.0, 1.0]], [[0.0, 0.0]]], ids=["one", "twice", "zero"])
def test_memories_of_one_point(X: list[list[float]]) -> None:
    energy = Energy(double(X))
    certificate = certify(energy, retrieve(energy, double([[9.0, 9.0]])).states[0])
    assert certificate.certified
    assert certificate.unique_everywhere
    assert certificate.error_bound is not None
    assert certificate.error_bound < 1e-13
    assert all(
        value is None or not isinstance(value, float) or math.isfinite(value) for value in vars(certificate).values()
    )


def test_no_other_fixed_point_lies_within_the_uniqueness_radius() -> None:
    """In one dimension the fixed points can be counted: they are the sign changes of q − f(q)."""
    generator = torch.Generator().manual_seed(9)
    counted = 0
    for _ in range(60):
        X = torch.randn(4, 1, generator=generator, dtype=torch.float64)
        beta = float(10 ** (2 * torch.rand((), generator=generator)))
        energy = Energy(X, beta)
        q = retrieve(energy, X[0], tolerance=1e-6).states[0]
        certificate = certify(energy, q)
        if certificate.uniqueness_radius is None:
            continue
        counted += 1
        r = certificate.uniqueness_radius * (1 - 1e-9)
        line = torch.linspace(float(q) - r, float(q) + r, 20_001, dtype=torch.float64)[:, None]
        signs = energy.gradient(line)[:, 0].sign()
        assert int((signs.diff() != 0).sum()) <= (1 if (signs != 0).all() else 2)
    assert counted > 40


def test_the_diameter_is_exact_for_few_and_bounded_for_many() -> None:
    generator = torch.Generator().manual_seed(5)
    for count in (2, 50, 1500):
        X = torch.randn(count, 3, generator=generator, dtype=torch.float64)
        exact = float(torch.cdist(X, X, compute_mode="donot_use_mm_for_euclid_dist").max())
        bound = diameter_bound(Energy(X))
        assert exact <= bound <= exact * (2 if count > 1024 else 1 + 1e-13)


def test_large_memories_do_without_eigenvalues() -> None:
    generator = torch.Generator().manual_seed(6)
    X = torch.randn(1100, 1100, generator=generator)
    energy = Energy(X, 0.2)
    assert certify(energy, retrieve(energy, X[5]).states[0]).certified
    melted = certify(Energy(X, 0.01), torch.zeros(1100))
    assert not melted.certified
    assert "cheap bound" in melted.reason
