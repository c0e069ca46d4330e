"""A deep-learning homework as working software.

The public names are loaded when they are first used: ``import dlhw`` imports no PyTorch. See ``docs/api.md``.

    Energy, retrieve, certify            a modern Hopfield memory: its energy, retrieval, and proofs
    load_classifier, Classifier          networks that classify landscapes
    load_recognizer, Recognizer          networks that read words
    train, evaluate, compare             a training, the scores of a network, two recognisers on the same words
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "DlhwError",
    "Energy",
    "Recognizer",
    "__version__",
    "certify",
    "compare",
    "evaluate",
    "load_classifier",
    "load_recognizer",
    "retrieve",
    "train",
]

_HOMES = {
    "Classifier": "dlhw.api.classifier",
    "DlhwError": "dlhw.errors",
    "Energy": "dlhw.hopfield.energy",
    "Recognizer": "dlhw.api.recognizer",
    "certify": "dlhw.hopfield.certificate",
    "compare": "dlhw.api.evaluating",
    "evaluate": "dlhw.api.evaluating",
    "load_classifier": "dlhw.api.classifier",
    "load_recognizer": "dlhw.api.recognizer",
    "retrieve": "dlhw.hopfield.cccp",
    "train": "dlhw.api.classifier",
}

if TYPE_CHECKING:
    from dlhw.api.classifier import Classifier, load_classifier, train
    from dlhw.api.evaluating import compare, evaluate
    from dlhw.api.recognizer import Recognizer, load_recognizer
    from dlhw.errors import DlhwError
    from dlhw.hopfield.cccp import retrieve
    from dlhw.hopfield.certificate import certify
    from dlhw.hopfield.energy import Energy


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
