"""Scores of a network, and of two on the same words."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, overload

from dlhw.api.arguments import as_path
from dlhw.api.classifier import Classifier
from dlhw.api.recognizer import Recognizer, chosen_reader, load_recognizer
from dlhw.api.warning import of_allowed, of_words, warn
from dlhw.cnn import evaluation as landscapes
from dlhw.cnn.checkpoints import load_labelled_images
from dlhw.errors import UsageError
from dlhw.learning.device import as_set
from dlhw.learning.seeds import check_seed
from dlhw.ocr import evaluation as words
from dlhw.ocr.comparison import comparison_document
from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
from dlhw.ocr.scoring.protocols import ProtocolName, check_protocol


@overload
def evaluate(model: Classifier, data: str | Path | None = None) -> landscapes.Evaluation: ...


@overload
def evaluate(
    model: Recognizer,
    data: str | Path | None = None,
    *,
    beam: int | None = None,
    protocol: ProtocolName | None = None,
    second_look: bool | None = None,
    prior: str | None = None,
    lexicon: str | Path | None = None,
    allow: str | None = None,
) -> words.Evaluation: ...


def evaluate(
    model: Classifier | Recognizer,
    data: str | Path | None = None,
    *,
    beam: int | None = None,
    protocol: ProtocolName | None = None,
    second_look: bool | None = None,
    prior: str | None = None,
    lexicon: str | Path | None = None,
    allow: str | None = None,
) -> landscapes.Evaluation | words.Evaluation:
    """Measure a network on labelled images. All arguments by keyword are for recognisers alone.

    Args:
        model: from :func:`load_classifier`, :func:`train` or :func:`load_recognizer`.
        data: an archive or a folder of labelled images; ``None`` is the network's own test set.
        beam: the width of the beam search; ``None`` is 3.
        protocol: how texts are compared: ``exact``, ``nocase`` or ``alnum36``; ``None`` is ``exact``.
        second_look: whether to read words in doubt again; ``None`` is as the checkpoint says.
        prior: a language whose words are likelier, or ``none``; ``None`` is as the checkpoint says.
        lexicon: a list of texts, no other than which may be read.
        allow: characters, no other than which are written; ``None`` allows all.

    Returns:
        Of a classifier ``accuracy``, ``classes``, ``confusion``; of a recogniser ``scores`` and ``readings``.

    Raises:
        UsageError: an argument is out of range, or is one of recognisers' and the network is a classifier.
        DataError: the data or the lexicon cannot be used.

    Example:
        With a folder ``words`` of six labelled images:

        >>> evaluation = evaluate(load_recognizer("reader", device="cpu"), "words", protocol="alnum36")
        >>> evaluation.scores.words, evaluation.scores.wer.value
        (6, 0.0)
    """
    source = None if data is None else as_path(data, "data")
    if isinstance(model, Classifier):
        for name, given in (
            ("beam", beam),
            ("protocol", protocol),
            ("second_look", second_look),
            ("prior", prior),
            ("lexicon", lexicon),
            ("allow", allow),
        ):
            if given is not None:
                raise UsageError(
                    f"`{name}` says how words are read or compared, and {model!r} reads none", "leave it out"
                )
        labelled = load_labelled_images(model.checkpoint, model.class_names, source)
        warn((*labelled.remarks, *labelled.skipped))
        return landscapes.evaluate(model.network, labelled.split)
    if not isinstance(model, Recognizer):
        raise UsageError(
            f"`model` must be a network, got {type(model).__name__}", "load it with load_classifier or load_recognizer"
        )
    compared = check_protocol("exact" if protocol is None else protocol)
    decoder = words.choose_decoder(beam=beam, top_p=None, temperature=None, samples=None, seed=42)
    reader = chosen_reader(model, decoder, second_look=second_look, prior=prior, lexicon=lexicon, allow=allow)
    dataset = load_evaluation_dataset(model.checkpoint, source)
    found = words.evaluate(reader, dataset.words, decoder, protocol=compared)
    warn((*of_allowed(model.network, allow), *dataset.warnings, *of_words(found)))
    return found


def compare(
    a: Recognizer | str | Path,
    b: Recognizer | str | Path,
    data: str | Path | None = None,
    *,
    beam: int | None = None,
    protocol: ProtocolName = "exact",
    second_look: bool | None = None,
    prior: str | None = None,
    seed: int = 42,
) -> dict[str, Any]:
    """Compare two recognisers on the same words by a paired bootstrap: rates of A minus rates of B.

    Args:
        a: A, or what :func:`load_recognizer` takes.
        b: B, likewise.
        data: a folder of labelled images or a label file; ``None`` is the test set of A.
        beam: the width of the beam search; ``None`` is 3.
        protocol: how texts are compared.
        second_look: whether both read words in doubt again; ``None`` is as each one's checkpoint says.
        prior: a language whose words are likelier for both, or ``none``; ``None`` is as each one's checkpoint says.
        seed: of the bootstrap.

    Returns:
        The document of ``dlhw ocr compare --json``: ``cer_difference`` and ``wer_difference``, each with ``value``,
        ``low``, ``high`` and ``p``; ``words``, their number; ``protocol``; ``a`` and ``b``: of each ``checkpoint``,
        ``second_look``, ``prior`` and its own rates; and so on.

    Raises:
        UsageError: an argument is out of range.
        DataError: the data cannot be used.

    Example:
        >>> found = compare("no-attention", "reader", "words")
        >>> found["words"], found["wer_difference"]["value"] > 0
        (6, True)
        >>> found["protocol"], found["a"]["prior"], found["b"]["prior"]
        ('exact', None, 'en')
    """
    started = time.perf_counter()
    check_protocol(protocol)
    check_seed(seed)
    for name, one in (("a", a), ("b", b)):
        if not isinstance(one, Recognizer | str | Path):
            raise UsageError(
                f"`{name}` is a recogniser or its name, got {type(one).__name__}", "load it with load_recognizer"
            )
    a, b = (one if isinstance(one, Recognizer) else load_recognizer(one) for one in (a, b))
    source = None if data is None else as_path(data, "data")
    decoder = words.choose_decoder(beam=beam, top_p=None, temperature=None, samples=None, seed=seed)
    readers = [chosen_reader(one, decoder, second_look=second_look, prior=prior) for one in (a, b)]
    dataset = load_evaluation_dataset(a.checkpoint, source, compared=b.checkpoint)
    found = [words.evaluate(reader, dataset.words, decoder, protocol=protocol, seed=seed) for reader in readers]
    device = next(a.network.network.parameters()).device
    return comparison_document(
        seed=seed,
        systems=list(zip((a.checkpoint, b.checkpoint), readers, found, strict=True)),
        measured=dataset,
        protocol=protocol,
        compute=as_set(device),
        seconds=time.perf_counter() - started,
    )
