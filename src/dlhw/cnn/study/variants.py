"""Which networks the study compares, and what each comparison asks.

All are the homework's second network, ``gap``, with one thing changed, so that ``gap`` stands in every comparison
and is trained once.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlhw.cnn.architecture import ARCHITECTURES, Architecture


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A network of the study."""

    name: str
    """As in folders and documents: ``two-3x3``."""

    architecture: Architecture


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A variant's place in a comparison."""

    variant: str
    label: str
    """What it is in this comparison, for a person."""

    against: str | None = None
    """The variant that its accuracy is compared with; ``None`` for the one the others are compared with."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A question, and the variants that answer it."""

    name: str
    question: str
    entries: tuple[Entry, ...]

    cost: str
    """``macs`` or ``parameters``: what the variants differ in, against which the figure draws the accuracy."""

    def among(self, names: tuple[str, ...]) -> tuple[Entry, ...]:
        """The entries whose variants are studied, and whose counterparts are."""
        return tuple(e for e in self.entries if e.variant in names and e.against in (None, *names))


def _gap(**changes: object) -> Architecture:
    return Architecture(**{"normalize": True, "average_maps": True, **changes})  # type: ignore[arg-type]


VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant(name="gap", architecture=ARCHITECTURES["gap"]),
        Variant(name="one-5x5", architecture=_gap(kernels=(5,))),
        Variant(name="two-3x3", architecture=_gap(kernels=(3, 3))),
        Variant(name="one-7x7", architecture=_gap(kernels=(7,))),
        Variant(name="three-3x3", architecture=_gap(kernels=(3, 3, 3))),
        Variant(name="average-pooling", architecture=_gap(reduction="average")),
        Variant(name="stride", architecture=_gap(reduction="stride")),
        Variant(name="no-pooling", architecture=_gap(reduction="none")),
        Variant(name="flatten", architecture=ARCHITECTURES["flatten"]),
        Variant(name="flatten-normalized", architecture=_gap(average_maps=False)),
        Variant(name="gap-plain", architecture=_gap(normalize=False)),
    )
}

MAIN = ("gap", "one-5x5", "two-3x3", "average-pooling", "stride", "flatten", "flatten-normalized", "gap-plain")
"""Without the most expensive ones, for a study of a minute."""

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        name="kernels",
        question="Small kernels: the same sight from fewer weights?",
        cost="macs",
        entries=(
            Entry(variant="gap", label="nothing added"),
            Entry(variant="one-5x5", label="one 5×5", against="gap"),
            Entry(variant="two-3x3", label="two 3×3", against="one-5x5"),
            Entry(variant="one-7x7", label="one 7×7", against="gap"),
            Entry(variant="three-3x3", label="three 3×3", against="one-7x7"),
        ),
    ),
    Comparison(
        name="pooling",
        question="Pooling: does it pay, and which?",
        cost="macs",
        entries=(
            Entry(variant="gap", label="maximum"),
            Entry(variant="average-pooling", label="average", against="gap"),
            Entry(variant="stride", label="stride 2", against="gap"),
            Entry(variant="no-pooling", label="none", against="gap"),
        ),
    ),
    Comparison(
        name="normalization",
        question="The homework’s two changes, one at a time",
        cost="parameters",
        entries=(
            Entry(variant="flatten", label="neither"),
            Entry(variant="flatten-normalized", label="normalised", against="flatten"),
            Entry(variant="gap-plain", label="global pooling", against="flatten"),
            Entry(variant="gap", label="both", against="flatten"),
        ),
    ),
)
