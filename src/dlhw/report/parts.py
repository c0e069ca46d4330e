"""The ten parts of the homework, each with what makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlhw.cnn.landscapes import draw_landscapes
from dlhw.hopfield.image_retrieval import STORED
from dlhw.report import kernels, question1, question2, question3
from dlhw.report.section import Section
from dlhw.report.workplace import Workplace


@dataclass(frozen=True, kw_only=True)
class Part:
    """A row of the homework."""

    question: str
    """As the homework numbers it."""

    title: str
    make: Callable[[Workplace], Section]


def _update(at: Workplace) -> Section:
    # Question 1 knows no landscapes, and Question 2 no memories: the images are passed on here.
    landscapes, _ = draw_landscapes(STORED, seed=at.seed, split="test")
    return question1.update(at, landscapes)


PARTS = (
    Part(question="1.1", title="A convex and a concave function", make=question1.decomposition),
    Part(question="1.2", title="The update", make=_update),
    Part(question="1.3", title="The update is attention", make=question1.attention),
    Part(question="2.1", title="Three learning rates", make=question2.learning_rates),
    Part(question="2.2", title="Batch normalisation and pooling", make=question2.pooling),
    Part(question="2.3", title="Counting parameters", make=question2.parameters),
    Part(question="2.4", title="Small kernels and pooling", make=kernels.small_kernels),
    Part(question="3a", title="Reading without attention", make=question3.without_attention),
    Part(question="3b", title="Reading with attention", make=question3.with_attention),
    Part(question="3c", title="Three proposals", make=question3.proposals),
)
