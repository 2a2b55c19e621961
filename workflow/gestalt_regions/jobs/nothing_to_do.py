"""What a run says where there was nothing to do: Snakemake says so, and then asks nobody at its end (no onsuccess)."""

from __future__ import annotations

import logging
from collections.abc import Callable


class NothingToDo(logging.Handler):
    """A handler of Snakemake's log that hears that there is nothing to do.

    Parameters
    ----------
    message : str
        How Snakemake says so.
    say : callable
        What is called then.
    """

    def __init__(self, message: str, say: Callable[[], None]) -> None:
        super().__init__(logging.INFO)
        self.message, self.say = message, say

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record of Snakemake.

        Parameters
        ----------
        record : LogRecord
            Any.
        """
        if str(record.msg).startswith(self.message):
            self.say()
