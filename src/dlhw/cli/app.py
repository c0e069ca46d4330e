"""The command ``dlhw``: mounts the groups, and is the one place that turns an error into a line and a code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from dlhw import __version__
from dlhw.cli import cnn, ocr
from dlhw.cli.cccp import cccp
from dlhw.cli.commands import Command, Group
from dlhw.cli.early_checks import check_early
from dlhw.cli.energy import energy
from dlhw.cli.info import info
from dlhw.cli.loading import loading_shown
from dlhw.cli.reproduce import reproduce
from dlhw.cli.runs import runs
from dlhw.cli.score import score
from dlhw.cli.signals import end_at_once, end_with_exit_codes, tell_stop
from dlhw.cli.suggestions import ParsingError, usage_error
from dlhw.errors import DivergedError, DlhwError, InterruptedRun, UsageError
from dlhw.learning import launch
from dlhw.learning.parallel import close_ranks, end_rank

DISTRIBUTED = frozenset(
    {"cccp", "cnn eval", "cnn predict", "cnn study", "cnn train", "ocr eval", "ocr read", "ocr train"}
)
"""Commands that work on all of torchrun's ranks. The others are done by rank 0 alone."""

CONTEXT = {"help_option_names": ["-h", "--help"]}

# Without rich's markup a person's text stays as typed, examples keep their lines, and --help answers a
# quarter of a second sooner.
app = typer.Typer(
    name="dlhw",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)
app.command(cls=Command)(reproduce)
app.command(cls=Command)(energy)
app.command(cls=Command)(cccp)
app.command(cls=Command)(score)
app.command(cls=Command)(runs)
app.command(cls=Command)(info)
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
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; works after any command.")
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
      dlhw runs                          list what was trained, compare, free space
      dlhw info                          versions and machine, for a bug report
    """


def main(ready: Callable[[], None] = lambda: None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage, 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP.

    Args:
        ready: called once a ``KeyboardInterrupt`` ends without a traceback.
    """
    from dlhw.console.standard_streams import prepare_standard_streams, silence_standard_streams

    prepare_standard_streams()
    end_with_exit_codes()
    if not launch.first_rank():
        if not _distributed(sys.argv[1:]):
            sys.exit(0)
        silence_standard_streams()
    elif launch.launched() and not _distributed(sys.argv[1:]):
        launch.work_alone()
    if "MPLBACKEND" in os.environ:  # a notebook sets it for every command; figures here go to files alone
        os.environ["MPLBACKEND"] = "agg"
    code = _run(ready)
    end_at_once()
    close_ranks(failed=code != 0)
    if launch.launched():
        end_rank(code)
    sys.exit(code)


def _run(ready: Callable[[], None] = lambda: None) -> int:
    """Run the command line; returns the exit code, after one line for whatever went wrong."""
    from dlhw.console.standard_streams import STDOUT, discard_stdout, flush_standard_streams

    debug = _take_debug(sys.argv)
    try:
        ready()
        command = typer.main.get_command(app)
        if not launch.launched():  # ranks have to meet before one of them can speak for all
            check_early(command)
        try:
            with loading_shown():
                code = command.main(prog_name="dlhw", standalone_mode=False)
        except ParsingError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
                return int(error.exit_code)
            raise usage_error(error, sys.argv[1:], command) from error
        flush_standard_streams()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # The reader has left, as in `dlhw … | head`: nothing more can be said there.
        discard_stdout()
        return 1
    except KeyboardInterrupt as stop:
        tell_stop(stop, "stopped")
        return 128 + signal.SIGINT
    except SystemExit as ended:  # SIGTERM's and SIGHUP's
        tell_stop(ended)
        return ended.code if isinstance(ended.code, int) else 1
    except DlhwError as error:
        return _fail(error, error, debug=debug)
    except OSError as error:
        if error.filename in (None, STDOUT):
            discard_stdout()  # the interpreter would try to write the rest again
        return _fail(error, _of_the_system(error), debug=debug)
    except RecursionError as error:
        return _fail(error, DlhwError("the input is nested too deeply", "--debug shows where"), debug=debug)
    except Exception as error:
        hint = "this is a fault of dlhw: please report it with the traceback that --debug shows"
        return _fail(error, DlhwError(f"{type(error).__name__}: {error}", hint), debug=debug)


def _of_the_system(error: OSError) -> DlhwError:
    from dlhw.console.standard_streams import STDOUT

    why = error.strerror or str(error)
    if error.filename == STDOUT:
        return DlhwError(
            f"could not write the result to stdout: {why}", "free some space, or send the result elsewhere"
        )
    return DlhwError(f"{error.filename}: {why}" if error.filename else why, "--debug shows where it happened")


def _distributed(arguments: list[str]) -> bool:
    """Whether a command line is of a command that works on all ranks."""
    words = [word for word in arguments if not word.startswith("-")]
    return " ".join(words[:1]) in DISTRIBUTED or " ".join(words[:2]) in DISTRIBUTED


def _take_debug(arguments: list[str]) -> bool:
    """Take ``--debug`` out of the arguments, wherever it stands before a ``--``: it is every command's option."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    present = "--debug" in options
    arguments[: len(options)] = [argument for argument in options if argument != "--debug"]
    return present


def _fail(cause: Exception, error: DlhwError, *, debug: bool) -> int:
    from dlhw.console.standard_streams import heard_again
    from dlhw.console.streams import show_error

    if not launch.first_rank():
        # What all ranks know is printed by the first.
        if isinstance(error, UsageError | InterruptedRun | DivergedError) or getattr(error, "shared", False):
            return error.exit_code
        heard_again()
        error.message = f"rank {launch.rank_number()}: {error.message}"
    if debug:
        traceback.print_exception(cause)
    else:
        show_error(error)
    return error.exit_code
