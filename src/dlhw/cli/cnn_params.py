"""``dlhw cnn params``: what networks are made of, the homework's and others'."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.errors import UsageError

Gap = Annotated[
    bool | None,
    typer.Option(
        "--gap/--no-gap",
        help="The network with batch normalisation and global average pooling, or the one that flattens.",
        show_default=False,
    ),
]


def params(
    gap: Gap = None,
    module: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py:NAME",
            help="Count this network; the file is executed, in a process of its own: name only files that you trust.",
        ),
    ] = None,
    state_dict: Annotated[
        Path | None, typer.Option("--state-dict", metavar="FILE", help="Count saved weights: .pt, .pth, .safetensors.")
    ] = None,
    shape: Annotated[
        str | None, typer.Option("--input", metavar="CxHxW", help="One input of --module.  [default: 3x48x48]")
    ] = None,
    json: options.Json = False,
) -> None:
    """Count networks: parameters, multiply-adds and receptive fields, layer by layer.

    \b
    Examples:
      dlhw cnn params                                       both of the homework's, and why one is smaller
      dlhw cnn params --gap --json                          one of them, for a program
      dlhw cnn params --module mine.py:Network              yours beside the homework's: where do they differ?
      dlhw cnn params --module 'mine.py:Network(classes=6)'  with arguments
      dlhw cnn params --state-dict weights.pt               saved weights
    """
    started = time.perf_counter()
    from dlhw.cnn.architecture import NETWORK_NAMES
    from dlhw.cnn.counting import count_network
    from dlhw.console import cnn_params as views
    from dlhw.console.streams import finish, note

    if module is not None and state_dict is not None:
        raise UsageError("--module counts a network and --state-dict saved weights", "give one of the two")
    if shape is not None and module is None:
        raise UsageError("--input is the input of a network of your own", "add --module FILE.py:NAME")
    if gap is not None and (module is not None or state_dict is not None):
        raise UsageError("--gap and --no-gap mean the homework's networks", "leave it out: yours is compared with both")
    document: dict[str, Any] = {"command": "cnn params", "version": __version__}
    if module is None and state_dict is None:
        names = NETWORK_NAMES if gap is None else ("gap",) if gap else ("flatten",)
        document["networks"] = [count_network(name).as_document() for name in names]
    else:
        from dlhw.cnn.own.comparison import describe
        from dlhw.cnn.own.counting import count_module, count_state_dict
        from dlhw.cnn.own.target import parse_input, parse_target

        if module is not None:
            target, size = parse_target(module), parse_input(shape or "3x48x48")
            target.check_there()
            note(f"executing {target.file}, in a process of its own")
            rows, name = count_module(target, size), str(target)
        else:
            assert state_dict is not None
            rows, name = count_state_dict(state_dict), str(state_dict)
        document["networks"] = [describe(name, rows)]
    document["seconds"] = round(time.perf_counter() - started, 3)
    finish(document, views.params_result(document), json=json)
