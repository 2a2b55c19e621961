"""Where a job keeps what does not fit into its memory: in files without a name, which end with the process."""

from __future__ import annotations

import tempfile

import numpy as np

folder: str | None = None  # jobs/job.py: that of the job's first output; without a job, the system's


class Rows:
    """A uint8 table [rows, columns], written one block after the other and read a slice of rows at a time.

    Parameters
    ----------
    rows : int
        Rows in all.
    columns : int
        Bytes of a row.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.shape, self._file = (rows, columns), tempfile.TemporaryFile(dir=folder)

    def append(self, block: np.ndarray) -> None:
        """Write the next rows.

        Parameters
        ----------
        block : ndarray
            uint8 [n, columns].
        """
        self._file.write(np.ascontiguousarray(block, np.uint8).data)

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        self._file.seek(start * self.shape[1])
        read = self._file.read(max(0, stop - start) * self.shape[1])
        return np.frombuffer(read, np.uint8).reshape(-1, self.shape[1])
