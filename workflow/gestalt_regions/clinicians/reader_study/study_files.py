"""The two files of a reader study: their form, and the digest that shows slips and edits."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema

from gestalt_regions.core.errors import InputError

ALONE, EXPLAINED = "ai_alone", "ai_with_explanations"  # the arms
OTHERS = ["another", "cannot_say"]  # answers beside the classes
HOME = Path(__file__).parent
Kind = Literal["answers", "design"]


@cache
def _validator(kind: Kind) -> jsonschema.Draft202012Validator:
    schema = json.loads((HOME / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def first_problem(document: Any, kind: Kind) -> str | None:
    """Say where a document leaves the form of its kind.

    Parameters
    ----------
    document : any
        What was read from a JSON file.
    kind : {"answers", "design"}
        Which schema it has to follow.

    Returns
    -------
    str or None
        The place and what is wrong there, of the first problem; None where there is none.
    """
    errors = sorted(_validator(kind).iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    if not errors:
        return None
    where = ".".join(map(str, errors[0].absolute_path))
    message = errors[0].message if len(errors[0].message) <= 200 else f"{errors[0].message[:200]} ..."
    return f"{where or 'top level'}: {message}"


def canonical_text(document: Mapping[str, Any]) -> str:
    """Write a document in the one way of which the digest is taken.

    Parameters
    ----------
    document : mapping
        What a JSON file holds; numbers are whole.

    Returns
    -------
    str
        JSON with sorted keys, without spaces, without `digest`.
    """
    rest = {key: value for key, value in document.items() if key != "digest"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(document: Mapping[str, Any]) -> str:
    """Give the digest that a reader's file must hold. It shows slips and edits; whoever means to forge can.

    Parameters
    ----------
    document : mapping
        A reader's answers, with or without `digest`.

    Returns
    -------
    str
        SHA-256 of the canonical text in UTF-8, 64 hexadecimal digits.
    """
    return hashlib.sha256(canonical_text(document).encode("utf-8", "surrogatepass")).hexdigest()


def read_design(path: str | os.PathLike) -> dict[str, Any]:
    """Read the design of a study.

    Parameters
    ----------
    path : path
        design.json.

    Returns
    -------
    dict
        The design.

    Raises
    ------
    InputError
        If it does not have the form of design.schema.json.
    """
    design = json.loads(Path(path).read_text(encoding="utf-8"))
    if problem := first_problem(design, "design"):
        raise InputError(f"{path}: {problem}; make it anew with `snakemake reader_study`")
    return design


def files_of(folder: str | os.PathLike) -> list[Path]:
    """What lies in a folder of readers' files.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    list of Path
        All but hidden files, in the order of their names.

    Raises
    ------
    InputError
        If there is no such folder, or nothing in it.
    """
    if not Path(folder).is_dir():
        raise InputError(f"{folder}: no such folder; config reader_study.answers names the folder of readers' files")
    paths = sorted(path for path in Path(folder).iterdir() if not path.name.startswith("."))
    if not paths:
        raise InputError(f"{folder}: empty; put the readers' files there (config reader_study.answers)")
    return paths
