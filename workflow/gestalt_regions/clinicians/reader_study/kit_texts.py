"""What readers read, one YAML file for each language: all texts are there, in the form of the English ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gestalt_regions.core.errors import InputError, nearest

SHIPPED = "workflow/report/reader_study"  # where the workflow's own texts lie, in the repository
NAMES = "classes"  # how classes are called; may be left out, and may name any
Leaf = str | list[str]  # of a file that was checked


def text_files(languages: Sequence[str], shipped: Path, folder: str) -> dict[str, Path]:
    """Find the file of each language.

    Parameters
    ----------
    languages : sequence of str
        Codes, the first is shown first.
    shipped : Path
        The folder of the workflow's own texts.
    folder : str
        A folder whose files come first; "" for none.

    Returns
    -------
    dict
        Language -> its file.

    Raises
    ------
    InputError
        Where a language has no file, or the folder is none.
    """
    if folder and not Path(folder).is_dir():
        raise InputError(f"config reader_study.texts: '{folder}' is no folder")
    places = [Path(folder)] * bool(folder) + [shipped]
    found = {}
    for language in languages:
        files = [place / f"{language}.yaml" for place in places if (place / f"{language}.yaml").is_file()]
        if not files:
            known = sorted({path.stem for place in places for path in place.glob("*.yaml")})
            raise InputError(
                f"config reader_study.languages: no texts for '{language}'; there are {', '.join(known)}. Copy"
                f" workflow/report/reader_study/en.yaml to {folder or 'a folder'}/{language}.yaml, translate it, and"
                " name the folder in reader_study.texts"
            )
        found[language] = files[0]
    return found


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every text of a file by its key with dots; a list is one text."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _leaves(below, f"{path}.{key}".lstrip("."))
    else:
        yield path, value


def _read(path: Path) -> dict:
    try:
        texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as YAML ({error}); quote texts with a colon in them") from None
    if not isinstance(texts, Mapping):
        raise InputError(f"{path}: no texts in it; copy en.yaml and translate it")
    return dict(texts)


def _braces(text: Leaf) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text if isinstance(text, str) else " ".join(text)))


def _problem(given: Any, english: Leaf, key: str) -> str:
    """What is wrong with one text; "" if nothing is."""
    listed = isinstance(english, list)
    lines = given if isinstance(given, list) else [given]
    if listed != isinstance(given, list) or not all(isinstance(line, str) and line.strip() for line in lines):
        return f"must be {'a list of texts' if listed else 'a text'}, not {given!r}"
    if key == "likert.levels" and len(lines) != len(english):
        return f"must have {len(english)} levels, not {len(lines)}"
    if not lines:
        return "is empty"
    if _braces(given) != _braces(english):
        wanted = ", ".join(f"{{{name}}}" for name in sorted(_braces(english))) or "none"
        return f"must have the same words in braces as in English ({wanted})"
    return ""


def _check(texts: Mapping, english: Mapping[str, Leaf], path: Path) -> None:
    given = dict(_leaves({key: value for key, value in texts.items() if key != NAMES}))
    for key, text in english.items():
        if key not in given:
            raise InputError(f"{path}: the text '{key}' is missing; in English it is {text!r}")
        if problem := _problem(given[key], text, key):
            raise InputError(f"{path}: the text '{key}' {problem}")
    if unknown := [key for key in given if key not in english]:
        raise InputError(f"{path}: the text '{unknown[0]}' is not used; {nearest(unknown[0], list(english))}")
    names = texts.get(NAMES, {})
    if not isinstance(names, Mapping) or not all(isinstance(name, str) and name.strip() for name in names.values()):
        raise InputError(f"{path}: {NAMES} must give each label a name")


def read_texts(files: Mapping[str, Path], reference: Path, classes: Sequence[str]) -> dict[str, dict]:
    """Read and check the texts of all languages.

    Parameters
    ----------
    files : mapping
        Language -> its file.
    reference : Path
        The workflow's English texts, which say what there must be.
    classes : sequence of str
        Classes of the study; names of others are left out.

    Returns
    -------
    dict
        Language -> texts, in the order of `files`.

    Raises
    ------
    InputError
        It names the file and the text that is missing, unknown or of another form.
    """
    whole = _read(reference)
    english = dict(_leaves({key: value for key, value in whole.items() if key != NAMES}))
    read = {}
    for language, path in files.items():
        texts = _read(path)
        _check(texts, english, path)
        names = {str(label): name for label, name in texts.get(NAMES, {}).items()}
        read[language] = texts | {NAMES: {label: names[label] for label in classes if label in names}}
    shown: dict[str, str] = {}
    for language, texts in read.items():
        if (other := shown.setdefault(texts["language"], language)) != language:
            raise InputError(f"{files[language]}: 'language' is '{texts['language']}', as in the texts of '{other}'")
    return read
