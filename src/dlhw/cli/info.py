"""``dlhw info``: prints what a report of a fault needs."""

from __future__ import annotations

import time

from dlhw import __version__
from dlhw.cli import options


def info(json: options.Json = False) -> None:
    """Print versions, machine, threads, fonts and packaged weights, for a bug report.

    \b
    Examples:
      dlhw info          a list to paste into a report
      dlhw info --json   the same for programs
    """
    started = time.perf_counter()
    from dlhw.console.info import info_result
    from dlhw.console.streams import show, show_json
    from dlhw.report.installation import installation

    document = {"command": "info", "version": __version__, **installation()}
    document["seconds"] = round(time.perf_counter() - started, 3)
    if json:
        show_json(document)
    else:
        show(*info_result(document))
