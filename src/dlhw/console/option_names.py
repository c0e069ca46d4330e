"""Names of arguments in errors, as the options of a command line: the package's errors name arguments of Python."""

from __future__ import annotations

import re

RENAMED = {"learning_rate": "lr", "learning_rates": "lr", "network": "gap", "tolerance": "tol"}
"""Arguments whose option has another name."""

WITHOUT_OPTION = {"dropout", "energy", "groups", "indices", "on_step", "predictions"}
"""Arguments that no command has."""

ARGUMENTS = frozenset(
    (
        *WITHOUT_OPTION,
        *(
            "allow",
            "attention",
            "batch_size",
            "beam",
            "checkpoint",
            "class_weights",
            "column",
            "count",
            "data",
            "debug",
        ),
        *("deterministic", "device", "dimension", "epochs", "fonts", "force", "group", "id", "images"),
        *("input", "jsonl", "k", "language", "learning_rate", "learning_rates", "lexicon", "max_megapixels", "network"),
        *("methods", "module", "out", "patience", "patterns", "prior", "protocol", "precision", "recipe", "reported"),
        *("resamples", "resume", "samples", "seed", "seeds", "sheet", "split", "steps", "strict"),
        *(
            "sync_batchnorm",
            "temperature",
            "template",
            "threads",
            "tolerance",
            "top_p",
            "truth_column",
            "word_list",
            "words",
        ),
    )
)
"""Every argument that a message of the package names."""

NAMED = re.compile(r"`(\w+)`")


def as_options(text: str) -> str:
    """The text with every argument in backquotes named as its option: `` `batch_size` `` becomes ``--batch-size``."""
    return NAMED.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    name = found[1]
    if name not in ARGUMENTS:
        return found[0]
    return name if name in WITHOUT_OPTION else f"--{RENAMED.get(name, name).replace('_', '-')}"
