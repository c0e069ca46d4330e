"""Files that a command writes beside its result: where one cannot be written, the result is printed anyway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlhw.errors import DataError, DlhwError


class Writing:
    """The files of one command.

    Args:
        document: of the command; what could not be written is ``None`` in it, or ``[]`` where it was to be a list.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._failed: DlhwError | None = None

    @contextmanager
    def attempt(self, key: str) -> Iterator[None]:
        """Write what the document has under ``key``. A file that cannot be written ends the command later."""
        try:
            yield
            return
        except DlhwError as error:
            failed = error
        except OSError as error:
            named = f" {error.filename}" if error.filename else ""
            failed = DataError(f"could not write{named}: {error.strerror or error}")
            failed.__cause__ = error
        self._document[key] = [] if isinstance(self._document.get(key), list) else None
        self._failed = self._failed or failed

    def end(self) -> None:
        """Tell what could not be written; called when the result has been printed.

        Raises:
            DlhwError: something could not.
        """
        if self._failed is not None:
            self._failed.hint = (
                "free space on the disk or correct the permissions, and give the command again; its result was printed"
            )
            raise self._failed
