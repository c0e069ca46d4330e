"""Question 1 on the page: the derivation tested, the way down, and attention."""

from __future__ import annotations

import math

import torch

from dlhw.hopfield.attention import Comparison, compare_attention
from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.certificate import Certificate, certify
from dlhw.hopfield.claims import CLAIMS, Claim, Outcome, check_claims
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.figures import plot_plane, plot_retrieval, plot_steps
from dlhw.hopfield.follow import Follower
from dlhw.hopfield.image_retrieval import BETA, STORED, Images, count_retrieved, retrieve_images
from dlhw.hopfield.instances import fixed_instances, gather_instances
from dlhw.hopfield.mutations import MUTATIONS
from dlhw.hopfield.problem import pose
from dlhw.report.section import Figure, Row, Section, Table, power_of_ten
from dlhw.report.svg import as_svg
from dlhw.report.workplace import Workplace

SPLIT = CLAIMS[: next(place for place, claim in enumerate(CLAIMS) if claim.id == "9")]
"""Claims 1 to 8: that E is convex plus concave. Those after are of the update."""

MISTAKES = {
    "beta": "β dropped from the Hessian",
    "sign": "E₂ = +lse",
    "axis": "softmax over the queries",
    "log-n": "log N without β⁻¹",
    "norm": "M as the largest entry",
    "transpose": "columns read as patterns",
    "gradient": "Xᵀp − q for ∇E",
    "hessian": "J for H(E) = I − J",
}
SIX = ((1.0, 0.1), (0.35, 0.95), (-0.6, 0.8), (-1.0, -0.2), (-0.15, -1.0), (0.7, -0.75))
"""Six patterns of the plane, of almost equal norm."""

SIX_BETA = 3.5


def decomposition(at: Workplace) -> Section:
    """1.1: E is the sum of a convex and a concave function."""
    outcomes = _check(at, SPLIT)
    holding = [outcome.claim.id for outcome in outcomes if outcome.passed]
    at.tell("making classic mistakes", 0.85)
    caught = {name: _catching(energy) for name, energy in MUTATIONS.items()}
    at.tell("drawing the energy", 0.95)
    energy = Energy(torch.tensor(SIX, dtype=torch.float64), SIX_BETA)
    figure = plot_plane(energy, [], titled=False)
    assert figure is not None  # two numbers a pattern make a plane
    points = min(outcome.points for outcome in outcomes)
    return Section(
        rows=(
            Row(
                quantity="E is convex plus concave: claims that hold",
                reported="derived",
                ours=f"{len(holding)} of {len(outcomes)}",
                data=f"each at {points:,} points or more",
            ),
            Row(
                quantity="Classic mistakes that a claim catches",
                reported=None,
                ours=f"{sum(map(bool, caught.values()))} of {len(caught)}",
                data="three fixed memories, to which the command adds the patterns of ±1",
                command=f"for name in {' '.join(MUTATIONS)}; do dlhw energy --mutate $name --seed {at.seed}; done",
            ),
        ),
        command=_checking(at),
        data=f"8 patterns of ±1 with 64 numbers each, three fixed memories and {at.scale.trials:,} random ones, "
        "float64.",
        remarks=(
            "The report derives; numbers can refute a derivation, and cannot prove it. Each claim is therefore "
            "computed in two ways that share as little as they can, and their difference must stay below what "
            "rounding may do. Its step 6 drops β from the Hessian; that is the first of the mistakes below, and "
            f"{_catchers(caught['beta'])} it.",
        ),
        holds=len(holding) == len(outcomes) and all(caught.values()),
        tables=(
            _claims_table("The claims of the derivation, checked.", outcomes),
            Table(
                caption="That the checks can fail: classic mistakes, and the claims that notice them.",
                columns=("mistake", "noticed by claims"),
                rows=tuple((MISTAKES[name], ", ".join(ids)) for name, ids in caught.items()),
            ),
        ),
        figures=(
            Figure(
                name="Figure A",
                caption="The energy of six patterns in the plane, β = 3.5: level lines, the basins of the minima, "
                "twenty-four ways down, and the fixed points by kind. Saddles lie between the basins, and a "
                "maximum in the middle.",
                svg=as_svg(
                    figure,
                    name="energy-plane",
                    alternative="Level lines of an energy over a plane with six patterns, coloured basins, paths that "
                    "run down to their minima, saddles between them and a maximum in the middle.",
                ),
                wide=True,
            ),
        ),
    )


def update(at: Workplace, landscapes: Images) -> Section:
    """1.2: the concave–convex procedure gives the update q ← Xᵀ softmax(βXq).

    Args:
        at: the workplace.
        landscapes: to store and to get back, (N, H, W, 3), procedural whatever Question 2 learns from.
    """
    outcomes = _check(at, CLAIMS[len(SPLIT) :])
    at.tell("going down", 0.8)
    problem = pose(seed=at.seed)
    follower = Follower(problem.energy, on_row=lambda _: None, keep_steps=True)
    trajectory = retrieve(problem.energy, problem.queries, on_step=follower.on_step)
    certificate = certify(problem.energy, trajectory.states[0])
    at.tell("retrieving images", 0.9)
    retrieved = retrieve_images(landscapes, seed=at.seed)
    holding = sum(outcome.passed for outcome in outcomes)
    falls = [row for row in follower.rows if row.fall is not None]
    adds_up = all(row.fall.adds_up for row in falls if row.fall is not None)
    asked, back = count_retrieved(retrieved).values()
    return Section(
        rows=(
            Row(
                quantity="The update lowers E as derived: claims that hold",
                reported="derived",
                ours=f"{holding} of {len(outcomes)}",
                data=f"each at {min(outcome.points for outcome in outcomes):,} points or more",
                command=_checking(at),
            ),
            Row(
                quantity="Distance to the fixed point, at most",
                reported=None,
                ours="not certified" if certificate.error_bound is None else power_of_ten(certificate.error_bound),
                data=f"8 patterns of ±1, D = 64, after {int(trajectory.iterations[0])} updates",
            ),
            Row(
                quantity="Corrupted images that come back",
                reported=None,
                ours=f"{back} of {asked}",
                data=f"{STORED} procedural landscapes, β = {BETA:g}",
            ),
        ),
        command=f"dlhw cccp --figures figures --seed {at.seed}",
        data=f"8 patterns of ±1 with 64 numbers each, the first with noise as the query, seed {at.seed}, float64; "
        f"{STORED} procedural landscapes for the images.",
        remarks=(
            "That the tangent lies above E₂, and hence that every step lowers E, the report uses without saying it. "
            f"Here the fall of each step {'is' if adds_up else 'should be, and is not,'} half the square of the step "
            "plus a Kullback–Leibler divergence over β, within rounding.",
            _said(certificate),
        ),
        holds=holding == len(outcomes) and adds_up,
        tables=(
            _claims_table("The claims on the update, checked.", outcomes),
            Table(
                caption="The way down from a pattern with noise: every fall of the energy, and its two parts. "
                "A fall smaller than the rounding of E shows as 0.",
                columns=("step", "E", "‖∇E‖", "fall of E", "½‖Δq‖²", "β⁻¹ KL"),
                rows=tuple(
                    (
                        row.step,
                        f"{row.energy:.6f}",
                        power_of_ten(row.residual),
                        "" if row.fall is None else power_of_ten(row.fall.fall) if row.fall.measurable else "0",
                        "" if row.fall is None else power_of_ten(row.fall.movement),
                        "" if row.fall is None else power_of_ten(row.fall.divergence),
                    )
                    for row in follower.rows
                ),
            ),
        ),
        figures=(
            Figure(
                name="Figure B",
                caption=f"{STORED} procedural landscapes are stored, their mean grey taken out and their norms made "
                "equal. Asked with their upper halves, or with noise three times as strong as they are, the memory "
                f"gives {'all' if back == asked else f'{back} of {asked}'} back. Below each: the weight of the right "
                "pattern, and how many updates it took.",
                svg=as_svg(
                    plot_retrieval(retrieved),
                    name="retrieval",
                    alternative="Rows of six small landscapes: as stored, with the lower half masked, retrieved, "
                    "covered with noise, and retrieved again.",
                ),
                wide=True,
            ),
            Figure(
                name="Figure C",
                caption="The energy of the first query above where it ends, over the updates.",
                svg=as_svg(
                    plot_steps({"": follower.energies(0)}, size=(7.2, 2.7)),
                    name="steps",
                    alternative="The energy above its last value falls on a logarithmic axis over the updates.",
                ),
                wide=True,
            ),
        ),
    )


def attention(at: Workplace) -> Section:
    """1.3: one update is single-head cross-attention."""
    problem = pose(seed=at.seed)
    at.tell("comparing with PyTorch's attention", 0.3)
    comparison = compare_attention(problem.energy.patterns, problem.queries)
    document = comparison.as_document()
    judged = [each for each in comparison.implementations if each.passed is not None]
    agreeing = sum(bool(each.passed) for each in judged)
    return Section(
        rows=(
            Row(
                quantity="The update is cross-attention: implementations that agree",
                reported="derived",
                ours=f"{agreeing} of {len(judged)}",
                data="the query of 1.2, followed for three updates",
            ),
            Row(
                quantity="Largest error of an entry, over M, in float64",
                reported="identical",
                ours=None if document["worst"] is None else power_of_ten(document["worst"]),
                data=_against_rounding(document["worst"], document["tolerance"]),
            ),
        ),
        command=f"dlhw cccp --check-attention --seed {at.seed}",
        data=f"8 patterns of ±1 with 64 numbers each, the first with noise as the query, β = 1/√64, seed {at.seed}.",
        remarks=(
            "The report’s formula needs the state as a row, and identities for the projections of the queries and of "
            "the output too; that is how the layers are set here. Four heads are not the update but four memories on "
            "slices of sixteen coordinates, and are compared as such.",
        ),
        holds=comparison.passed,
        tables=_attention_tables(comparison),
    )


def _checking(at: Workplace) -> str:
    """The command that checks all claims on as many memories."""
    return f"dlhw energy --trials {at.scale.trials} --seed {at.seed}"


def _check(at: Workplace, claims: tuple[Claim, ...]) -> list[Outcome]:
    problem = pose(seed=at.seed)
    trials = at.scale.trials
    instances = gather_instances(problem.energy, problem.queries[0], trials=trials, seed=at.seed)
    counted = at.track("checking claims on memories")(instances, trials + 4)
    return check_claims(counted, seed=at.seed, claims=claims)


def _catching(energy: type[Energy]) -> list[str]:
    return [outcome.claim.id for outcome in check_claims(fixed_instances(), energy=energy) if not outcome.passed]


def _catchers(ids: list[str]) -> str:
    if not ids:
        return "no claim catches"
    return f"claim {ids[0]} catches" if len(ids) == 1 else f"claims {' and '.join(ids)} catch"


def _against_rounding(worst: float | None, tolerance: float) -> str:
    """Beside a worst error: on which side it is of what rounding may do."""
    side = "no number, and not below" if worst is None else "above" if worst > tolerance else "below"
    return f"{side} {power_of_ten(tolerance)}, which rounding may do"


def _claims_table(caption: str, outcomes: list[Outcome]) -> Table:
    return Table(
        caption=f"{caption} The worst error is the one nearest to its tolerance.",
        columns=("no.", "claim", "points", "worst error", "tolerance", "holds"),
        rows=tuple(
            (
                outcome.claim.id,
                outcome.claim.text,
                f"{outcome.points:,}",
                power_of_ten(outcome.worst) if math.isfinite(outcome.worst) else "not a number",
                power_of_ten(outcome.tolerance),
                "yes" if outcome.passed else "no",
            )
            for outcome in outcomes
        ),
    )


SYMBOLS = (
    "Here λ is at least the largest eigenvalue of J = βXᵀPX where the iteration ended, and L = β²d³/(6√3), with d the "
    "largest distance between two patterns, bounds how fast J changes."
)


def _said(certificate: Certificate) -> str:
    if not certificate.certified or certificate.error_bound is None:
        return f"No certificate for where the iteration ended: {certificate.reason}."
    return (
        f"Where the iteration ended a minimum of E lies within {power_of_ten(certificate.error_bound)}. A small "
        f"residual alone proves no such thing; this does: {certificate.reason}."
        + (f" {SYMBOLS}" if "λ" in certificate.reason else "")
    )


def _attention_tables(comparison: Comparison) -> tuple[Table, ...]:
    names: list[str] = []
    errors: dict[tuple[str, str], float | None] = {}
    for each in comparison.implementations:
        if each.name not in names:
            names.append(each.name)
        errors[each.name, each.dtype] = each.worst
    types = tuple(dict.fromkeys(each.dtype for each in comparison.implementations))

    def shown(name: str, dtype: str) -> str:
        worst = errors.get((name, dtype))
        return "" if worst is None else power_of_ten(worst)

    return (
        Table(
            caption="The largest error of an entry over M, against the update computed in float64.",
            columns=("implementation", *types),
            rows=tuple((name, *(shown(name, dtype) for dtype in types)) for name in names),
        ),
        Table(
            caption="Controls: what is not the update, and is recognised as different.",
            columns=("control", "error", "distinguished"),
            rows=tuple(
                (each.name, f"{each.worst:.2f}", "yes" if each.detected else "no") for each in comparison.controls
            ),
        ),
    )
