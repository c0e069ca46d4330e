"""``dlhw cnn fetch``: the real images, and the only command that uses the network."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from dlhw import __version__
from dlhw.cli import options


def fetch(
    force: Annotated[
        bool, typer.Option("--force", help="Download the images again, even if they are complete.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Download the real landscapes, “Intel Image Classification”, from Kaggle. No other command uses the network.

    \b
    Examples:
      dlhw cnn fetch                        some 350 MB, once
      dlhw cnn train --gap --data intel     and learn from them
      dlhw cnn train --gap --data intel48   or from the part that the documents measure on, 48×48
    """
    started = time.perf_counter()
    from dlhw.cnn.intel import fetch_intel
    from dlhw.console.cnn_fetch import fetch_result
    from dlhw.console.streams import finish, note, warn

    note("fetching the Intel images; then they are decoded and checked")
    fetched = fetch_intel(force=force)
    if fetched.subset is None:
        warn(f"--data intel48 could not be made: {fetched.subset_fault}")
    document = {
        "command": "cnn fetch",
        "version": __version__,
        **fetched.as_document(),
        "seconds": round(time.perf_counter() - started, 3),
    }
    finish(document, fetch_result(document), json=json)
