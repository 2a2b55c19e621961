"""The refusal of one photograph.

It goes to excluded.csv with its reason, and the cohort goes on without it.
"""

from __future__ import annotations


class Unusable(Exception):
    """This image cannot be used.

    Parameters
    ----------
    reason : str
        A short code.
    detail : str
        What was seen.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail
