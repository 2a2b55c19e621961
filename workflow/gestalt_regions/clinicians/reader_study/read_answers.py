"""Readers' files, which come from outside. Each is checked; one that cannot be used is set aside, with the reason."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gestalt_regions.clinicians.reader_study.study_files import (
    EXPLAINED,
    OTHERS,
    digest,
    files_of,
    first_problem,
    read_design,
)
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table

MOST_BYTES = 1 << 20  # of a file; one of 18 faces has about 10 kB
FORMULA = ("=", "+", "-", "@")  # a spreadsheet would compute a cell that begins so
READERS = ["reader", "file", "simulated", "sequence", "language", "profession", "years", "started", "finished"]
READERS += ["faces", "remarks"]
ANSWERS = ["reader", "simulated", "sequence", "item", "position", "arm", "sample_id", "true", "ai", "ai_right"]
ANSWERS += [f"{phase}{part}" for phase in ("before", "after") for part in ("", "_right", "_confidence", "_seconds")]
RATINGS = ["reader", "simulated", "item", "explanation", "method", "control", "question", "level"]
COMPOSITES = ["reader", "simulated", "item", "class", "diagnosis", "right", "confidence", "recognisable", "typical"]


class Unusable(Exception):
    """A reader's file that is set aside; the message is the reason."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        name, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise Unusable(f"not valid: the key {name[:50]!r} occurs twice in one object")
    return read


def _no_constant(name: str) -> None:
    raise Unusable(f"not valid: {name} is no number of JSON")


def _load(path: Path) -> Any:
    if not path.is_file():
        raise Unusable("not a file")
    with open(path, "rb") as stream:  # no more is read, however large the file is
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Unusable(f"larger than {MOST_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
        json.dumps(document, ensure_ascii=False).encode()  # half a character, such as \ud800, has no UTF-8
    except UnicodeError:
        raise Unusable("not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise Unusable(f"not JSON: {str(error)[:100]}") from None
    return document


def _differing(given: Iterable[str], expected: Iterable[str], what: str) -> None:
    """Refuse what is not in the study, what occurs twice and what is missing."""
    given, expected = list(given), list(expected)
    if unknown := [name for name in given if name not in expected]:
        raise Unusable(f"unknown {what} {unknown[0]}")
    if twice := [name for name, times in Counter(given).items() if times > 1]:
        raise Unusable(f"{what} {twice[0]} occurs twice")
    if missing := [name for name in expected if name not in given]:
        raise Unusable(f"half-finished: {what} {missing[0]} is missing ({len(missing)} of {len(expected)})")


def _check_sequence(document: Mapping[str, Any], design: Mapping[str, Any]) -> None:
    """A numbered reader has the sequence of that number; one without a number has any of the study's."""
    name, sequence, planned = document["reader"], document["sequence"], design["sequences"]
    if name.startswith("R"):
        if not 1 <= int(name[1:]) <= len(planned):
            raise Unusable(f"unknown reader {name}: the study has {len(planned)} numbers")
        planned = [planned[int(name[1:]) - 1]]
    if sequence not in planned:
        raise Unusable(f"wrong sequence {sequence}: the design gives {' or '.join(sorted(set(planned)))} to {name}")


def _check_arms(document: Mapping[str, Any], design: Mapping[str, Any]) -> None:
    """Every face is in the arm that the sequence gives to its position."""
    answers = sorted(document["answers"], key=lambda answer: answer["position"])
    if [answer["position"] for answer in answers] != list(range(1, len(answers) + 1)):
        raise Unusable("positions are not 1, 2, ... without a gap")
    first, arms = document["sequence"].removesuffix("_first"), [answer["arm"] for answer in answers]
    if document["sequence"].endswith("_first"):
        half, other = len(arms) // 2, next(arm for arm in design["arms"] if arm != first)
        allowed = [[first] * size + [other] * (len(arms) - size) for size in (half, len(arms) - half)]
    else:
        allowed = [[first] * len(arms)]
    if arms not in allowed:
        raise Unusable(f"wrong arm: the faces are not in the arms of sequence {document['sequence']}")


def _check_answer(answer: Mapping[str, Any], item: Mapping[str, Any], names: Sequence[str]) -> None:
    """One face: both answers are there and name something that can be named, and what was shown was rated."""
    for phase in ("before", "after"):
        if answer[phase] is None:
            raise Unusable(f"half-finished: {answer['item']} has no answer {phase} the aid")
        if answer[phase]["diagnosis"] not in names:
            raise Unusable(f"unknown diagnosis {answer[phase]['diagnosis']!r} of {answer['item']}")
    shown = [one["explanation"] for one in item["explanations"]] if answer["arm"] == EXPLAINED else []
    _differing((one["explanation"] for one in answer["explanations"]), shown, "explanation")


def _check(document: Any, design: Mapping[str, Any]) -> None:
    """Raise Unusable with the first reason not to use a document."""
    if problem := first_problem(document, "answers"):
        raise Unusable(f"not valid: {problem}")
    if document["study"] != design["study"]:
        raise Unusable(f"of another study: {document['study']}, not {design['study']}")
    if document["digest"] != digest(document):
        raise Unusable("changed after it was saved: the digest does not fit the content")
    items = {item["item"]: item for item in design["items"]}
    names = [*design["classes"], *OTHERS]
    _check_sequence(document, design)
    if document["finished"] is None:
        raise Unusable("half-finished: the reader did not come to the end")
    _differing((answer["item"] for answer in document["answers"]), items, "item")
    _check_arms(document, design)
    for answer in document["answers"]:
        _check_answer(answer, items[answer["item"]], names)
        for one in answer["explanations"]:
            if any(one[question] is None for question in design["likert"]):
                raise Unusable(f"half-finished: a question on {one['explanation']} has no answer")
    composites = [one["item"] for one in document["composites"]]
    _differing(composites, {one["item"] for one in design["composites"]}, "item")
    for one in document["composites"]:
        if one["diagnosis"] is not None and one["diagnosis"] not in names:
            raise Unusable(f"unknown diagnosis {one['diagnosis']!r} of {one['item']}")


@dataclass(frozen=True)
class ReadFile:
    """A file that can be used.

    Attributes
    ----------
    name : str
        Of the file.
    document : dict
        Its content.
    """

    name: str
    document: dict[str, Any]


def read_files(paths: Iterable[Path], design: Mapping[str, Any]) -> tuple[list[ReadFile], pd.DataFrame]:
    """Read readers' files.

    Parameters
    ----------
    paths : iterable of Path
        The files.
    design : mapping
        design.json.

    Returns
    -------
    tuple
        The files that are used, one of each reader, in the order of the readers; and a table of those set aside (file,
        reader, reason). Of two files of one reader the one that was finished later is used. Where a person answered,
        simulated readers are set aside.
    """
    usable, aside = [], []
    for path in sorted(paths):
        document = None
        try:
            document = _load(path)
            _check(document, design)
            usable.append(ReadFile(path.name, document))
        except Unusable as error:
            aside.append({"file": path.name, "reader": _reader_of(document), "reason": str(error)})
        except OSError as error:
            aside.append({"file": path.name, "reader": "", "reason": f"cannot be read: {error.strerror}"})
    people = [one for one in usable if not one.document["simulated"]]
    if people:
        aside += [_aside(one, "simulated, among answers of people") for one in usable if one.document["simulated"]]
        usable = people
    kept: dict[str, ReadFile] = {}
    for one in sorted(usable, key=lambda one: (_moment(one.document["finished"]), one.name)):
        name = one.document["reader"]
        if name in kept:
            aside.append(_aside(kept[name], f"duplicate: {one.name} of the same reader was finished later"))
        kept[name] = one
    table = pd.DataFrame(aside, columns=["file", "reader", "reason"]).map(plain_cell)
    return [kept[name] for name in sorted(kept)], table.sort_values("file", ignore_index=True)


def _moment(finished: str) -> str:
    """A time to be sorted as text: with or without parts of a second."""
    whole, _, part = finished.removesuffix("Z").partition(".")
    return f"{whole}.{part:0<3}"


def _reader_of(document: Any) -> str:
    name = document.get("reader") if isinstance(document, dict) else None
    return name[:10] if isinstance(name, str) else ""


def _aside(one: ReadFile, reason: str) -> dict[str, str]:
    return {"file": one.name, "reader": one.document["reader"], "reason": reason}


def plain_cell(text: str) -> str:
    """Make text from outside safe as a cell: one line, printable, and nothing that a spreadsheet computes.

    Parameters
    ----------
    text : str
        Free text.

    Returns
    -------
    str
        The text; an apostrophe stands before a formula.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"'{line}" if line.startswith(FORMULA) else line


def reader_rows(files: Sequence[ReadFile]) -> pd.DataFrame:
    """Who answered.

    Parameters
    ----------
    files : sequence of ReadFile
        Files that are used.

    Returns
    -------
    pandas.DataFrame
        READERS, one row for each reader.
    """
    rows = []
    for one in files:
        document = one.document
        facts = {**document, **document["background"], "file": one.name, "faces": len(document["answers"])}
        rows.append({**facts, "file": plain_cell(one.name), "remarks": plain_cell(document["remarks"])})
    return pd.DataFrame(rows, columns=READERS)


def answer_rows(files: Sequence[ReadFile], design: Mapping[str, Any]) -> pd.DataFrame:
    """Answers in long form.

    Parameters
    ----------
    files : sequence of ReadFile
        Files that are used.
    design : mapping
        design.json.

    Returns
    -------
    pandas.DataFrame
        ANSWERS, one row for each reader and face.
    """
    items, rows = {item["item"]: item for item in design["items"]}, []
    for document in (one.document for one in files):
        for answer in sorted(document["answers"], key=lambda answer: answer["item"]):
            item = items[answer["item"]]
            row = {**document, **answer, **{key: item[key] for key in ("sample_id", "true", "ai_right")}}
            row["ai"] = item["ai"][0][0]
            for phase in ("before", "after"):
                given = answer[phase]
                row |= {phase: given["diagnosis"], f"{phase}_right": given["diagnosis"] == item["true"]}
                row |= {f"{phase}_confidence": given["confidence"], f"{phase}_seconds": given["milliseconds"] / 1000}
            rows.append(row)
    return pd.DataFrame(rows, columns=ANSWERS)


def rating_rows(files: Sequence[ReadFile], design: Mapping[str, Any]) -> pd.DataFrame:
    """Likert answers on explanations in long form.

    Parameters
    ----------
    files : sequence of ReadFile
        Files that are used.
    design : mapping
        design.json.

    Returns
    -------
    pandas.DataFrame
        RATINGS, one row for each reader, explanation and question.
    """
    shown = {one["explanation"]: one for item in design["items"] for one in item["explanations"]}
    rows = []
    for document in (one.document for one in files):
        who = {"reader": document["reader"], "simulated": document["simulated"]}
        for answer in sorted(document["answers"], key=lambda answer: answer["item"]):
            for rated in answer["explanations"]:
                what = {**who, "item": answer["item"], **shown[rated["explanation"]]}
                rows += [{**what, "question": question, "level": rated[question]} for question in design["likert"]]
    return pd.DataFrame(rows, columns=RATINGS)


def composite_rows(files: Sequence[ReadFile], design: Mapping[str, Any]) -> pd.DataFrame:
    """Answers on composites.

    Parameters
    ----------
    files : sequence of ReadFile
        Files that are used.
    design : mapping
        design.json.

    Returns
    -------
    pandas.DataFrame
        COMPOSITES, one row for each reader and composite; empty cells where nothing was answered.
    """
    classes = {one["item"]: one["class"] for one in design["composites"]}
    rows = []
    for document in (one.document for one in files):
        for given in document["composites"]:
            what = {**document, **given, "class": classes[given["item"]]}
            right = None if given["diagnosis"] is None else given["diagnosis"] == what["class"]
            rows.append({**what, "right": right})
    return pd.DataFrame(rows, columns=COMPOSITES)


def write_answers(
    paths: str | os.PathLike | Sequence[str | os.PathLike], design_path: str | os.PathLike, outputs: Mapping[str, str]
) -> None:
    """Write the tables of answers, and what was set aside.

    Parameters
    ----------
    paths : path or sequence of path
        Readers' files, or a folder of them.
    design_path : path
        design.json.
    outputs : mapping
        readers, answers, ratings, composites, set_aside: where each table goes.

    Raises
    ------
    InputError
        If no file can be used.
    """
    design = read_design(design_path)
    paths = files_of(paths) if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]
    files, aside = read_files(paths, design)
    if not files:
        reasons = "; ".join(f"{row.file}: {row.reason}" for row in aside.head(5).itertuples())
        raise InputError(f"config reader_study.answers: none of {len(aside)} files can be used. {reasons}")
    write_table(reader_rows(files), outputs["readers"])
    write_table(answer_rows(files, design), outputs["answers"])
    write_table(rating_rows(files, design), outputs["ratings"])
    write_table(composite_rows(files, design), outputs["composites"])
    write_table(aside, outputs["set_aside"])
