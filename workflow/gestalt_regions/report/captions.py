"""The captions of workflow/report, shared with `snakemake --report`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import jinja2


class Captions:
    """The captions of workflow/report.

    They refer to `snakemake.wildcards`, `snakemake.params` and `snakemake.config`, as `snakemake --report` gives them.

    Parameters
    ----------
    paths : sequence of str or path
        The templates, named as what they describe.
    config : mapping
        The config of the study.
    """

    def __init__(self, paths: Sequence[str | os.PathLike], config: Mapping) -> None:
        self.texts = {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in paths}
        # Plain text here; the page's own environment escapes it.
        self.environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
        self.config = config

    def __call__(self, name: str, model: str = "", **params: object) -> str:
        wildcards = SimpleNamespace(cohort=self.config["cohort"]["name"], model=model, **params)
        given = SimpleNamespace(wildcards=wildcards, config=self.config, params=SimpleNamespace(**params))
        return self.environment.from_string(self.texts[name]).render(snakemake=given).strip()
