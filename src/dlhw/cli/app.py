"""The command ``dlhw``: mounts the groups, and is the one place that turns an error into a line and a code."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from dlhw import __version__
from dlhw.cli import cnn, ocr
from dlhw.cli.cccp import cccp
from dlhw.cli.energy import energy
from dlhw.cli.reproduce import reproduce
from dlhw.cli.score import score
from dlhw.errors import DlhwError

CONTEXT = {"help_option_names": ["-h", "--help"]}

# Without rich's markup a person's text stays as typed, examples keep their lines, and --help answers a
# quarter of a second sooner.
app = typer.Typer(
    name="dlhw",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)
app.command()(reproduce)
app.command()(energy)
app.command()(cccp)
app.command()(score)
app.add_typer(cnn.app, name="cnn")
app.add_typer(ocr.app, name="ocr")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"dlhw {__version__}")
        raise typer.Exit


@app.callback()
def dlhw(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A deep-learning homework as working software.

    \b
    Examples:
      dlhw reproduce --quick             the whole homework on one page, in minutes
      dlhw energy                        test every step of the energy's derivation on numbers
      dlhw cccp --check-attention        watch the energy fall, and find attention in the update
      dlhw cnn train --lr 0.01 --gap     train the homework's second network
      dlhw cnn params                    count both networks, layer by layer
      dlhw ocr train                     train a network to read words, on words it renders itself
      dlhw ocr eval --beam 3             measure the recogniser of the package, or the one just trained
      dlhw score truth.csv mine.csv      score what any other software read
    """


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage, 130 Ctrl-C, 143 SIGTERM."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        app(prog_name="dlhw")
    except DlhwError as error:
        _fail(error, error)
    except BrokenPipeError:
        # Whoever read us has left, as in `dlhw … | head`. Nothing more can be said there, so that
        # the interpreter shall not try to when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(error, DlhwError(f"{place}{error.strerror or error}", "--debug shows where it happened"))
    except Exception as error:
        hint = "this is a fault of dlhw: please report it with the traceback that --debug shows"
        _fail(error, DlhwError(f"{type(error).__name__}: {error}", hint))
    raise AssertionError("typer exits by itself")


def _fail(cause: Exception, error: DlhwError) -> NoReturn:
    from dlhw.console.streams import show_error

    if "--debug" in sys.argv:
        raise cause
    show_error(error)
    sys.exit(error.exit_code)
