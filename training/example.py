"""The example: rows as the estimator takes them, and the same rows as a client sends them."""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.csv_file import Table, read_csv, read_text
from training.errors import ExportError
from training.estimators import called, feature_names, takes_text

FEWEST_ROWS = 20
FEATURES = "features"
TEXT = "text"
_TYPES = {"number": (int, float), "boolean": (bool,), "text": (str,)}
_INSTALL_PYARROW = (
    "run .venv/bin/uv pip install --python .venv --require-hashes --requirement "
    "training/requirements-parquet.txt, or save the example as .csv or .jsonl"
)


@dataclass(frozen=True)
class Example:
    """Rows to compare the model on.

    Attributes:
        layout: `table` (columns by name), `array` (columns by position) or `texts`.
        frame: the columns that the estimator takes, in its order; one column of lists if the
            example was an array without names.
        truth: what the estimator should predict, a column for each of several targets; None if
            unknown.
        notes: what a person should know.
    """

    layout: str
    frame: pd.DataFrame
    truth: pd.Series | pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    dtypes: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtypes", dict(self.frame.dtypes))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as JSON says them."""
        columns = {name: [_plain(value) for value in self.frame[name]] for name in self.frame}
        names = list(columns)
        return [
            dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
        ]

    @property
    def data(self) -> Any:
        """The rows as they were read, for the estimator."""
        if self.layout == "table":
            return self.frame
        if self.layout == "texts":
            return self.frame.iloc[:, 0].tolist()
        if len(self.frame.columns) == 1 and isinstance(self.frame.iloc[0, 0], list):
            return np.array(self.frame.iloc[:, 0].tolist())
        return self.frame.to_numpy()

    def estimator_input(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        """JSON rows as the estimator takes them, in the types of the example."""
        columns = {
            name: _column([row[name] for row in rows], dtype) for name, dtype in self.dtypes.items()
        }
        return Example(self.layout, pd.DataFrame(columns)).data


def read_example(
    estimator: Any,
    source: Any,
    label: str | Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Example:
    """Read an example for an estimator.

    Args:
        source: a path of CSV or JSON Lines, a DataFrame, an array (n, m), or a list of texts.
        label: the column that holds what is predicted, or one for each target.
        columns: the kind of each column (`number`, `integer`, `boolean`, `text`), in order, where
            the estimator was saved with them.

    Raises:
        ExportError: it is not of the columns that the estimator was fitted on.
    """
    frame, read_notes = _read_frame(source)
    truth = None if label is None else _truth(frame, label)
    if truth is not None:
        frame = frame.drop(columns=[label] if isinstance(label, str) else list(label or ()))
    if len(frame) < FEWEST_ROWS:
        raise ExportError(
            f"the example has {len(frame)} rows: give at least {FEWEST_ROWS}, better some hundred"
        )
    layout, taken, notes = _layout(estimator, frame, tuple(columns or ()))
    _check_kinds(frame, columns or {})
    frame = frame[list(taken)].reset_index(drop=True)
    return Example(layout, frame, truth, (*read_notes, *notes))


def _truth(frame: pd.DataFrame, label: str | Sequence[str]) -> pd.Series | pd.DataFrame:
    labels = [label] if isinstance(label, str) else list(label)
    for one in labels:
        if one not in frame:
            raise ExportError(f"the example has no column {one}; it has {_listed(frame)}")
    return frame[label] if isinstance(label, str) else frame[labels]


def _read_frame(source: Any) -> Table:
    notes: tuple[str, ...] = ()
    if isinstance(source, (str, Path)):
        frame, notes = _read_file(Path(source))
    elif isinstance(source, pd.DataFrame):
        frame = source.copy()
    elif isinstance(source, np.ndarray) and source.ndim == 2:
        frame = pd.DataFrame({FEATURES: source.tolist()})
    else:
        frame = pd.DataFrame({TEXT: list(source)})
    frame.columns = [str(name) for name in frame.columns]
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise ExportError(f"the example has two columns {twice}: name each column once")
    return Table(frame, notes)


def _read_file(path: Path) -> Table:
    reader = READERS.get(path.suffix)
    if reader is None:
        raise ExportError(
            f"{path.name} is none of .csv, .jsonl, .parquet: save the example as one of them"
        )
    try:
        return reader(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror or error}") from error
    except ImportError as error:  # 166 MB that no other command needs
        raise ExportError(f"{path.name} needs pyarrow: {_INSTALL_PYARROW}") from error
    except (ValueError, csv.Error) as error:
        raise ExportError(f"{path} is not a table: {error}") from error


def _read_lines(path: Path) -> Table:
    lines = read_text(path)[0].split("\n")  # a text may hold the other ends of a line
    return Table(pd.DataFrame([json.loads(line) for line in lines if line.strip()]))


READERS: Mapping[str, Callable[[Path], Table]] = {
    ".csv": read_csv,
    ".jsonl": _read_lines,
    ".ndjson": _read_lines,
    ".json": _read_lines,
    ".parquet": lambda path: Table(pd.read_parquet(path)),
}


def _layout(
    estimator: Any, frame: pd.DataFrame, saved_with: Sequence[str]
) -> tuple[str, Sequence[str], tuple[str, ...]]:
    names = feature_names(estimator)
    if names is not None:
        return "table", names, _unused(estimator, frame, names)
    if takes_text(estimator):
        return "texts", [_text_column(estimator, frame)], ()
    if saved_with:
        return "array", saved_with, _unused(estimator, frame, saved_with)
    wanted = getattr(estimator, "n_features_in_", None)
    first = frame.iloc[0, 0]
    width = len(first) if isinstance(first, list) else len(frame.columns)
    if wanted is not None and wanted != width:
        raise ExportError(
            f"{called(estimator)} takes {wanted} columns and the example has {width} "
            f"({_listed(frame)}): name the label with LABEL, and leave out what it does not take"
        )
    if isinstance(first, list):
        return "array", list(frame.columns), ()
    note = (
        f"{called(estimator)} knows no names of columns, so they are taken in the order of the "
        f"example: {_listed(frame)}"
    )
    return "array", list(frame.columns), (note,)


def _unused(estimator: Any, frame: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    if missing := [name for name in names if name not in frame]:
        if list(frame.columns) == [FEATURES]:
            raise ExportError(
                f"{called(estimator)} takes a table, so the example has to be one with the columns "
                f"{', '.join(names)}"
            )
        raise ExportError(
            f"the example lacks the column {missing[0]} that {called(estimator)} takes "
            f"({len(missing)} missing); it has {_listed(frame)}{_renamed(missing[0], frame)}"
        )
    unused = [name for name in frame if name not in names]
    return (
        (f"columns of the example that the model does not use: {', '.join(unused)}",)
        if (unused)
        else ()
    )


def _renamed(name: str, frame: pd.DataFrame) -> str:
    """The remedy where a converter or a person wrote a column's name otherwise."""
    alike = [one for one in frame if _letters(one) == _letters(name)]
    return f": rename {alike[0]!r} to {name!r} in the example" if alike else ""


def _letters(name: str) -> str:
    return re.sub(r"\W", "_", name.strip()).casefold()


def _check_kinds(frame: pd.DataFrame, kinds: Mapping[str, str]) -> None:
    for name, kind in kinds.items():
        values = map(_plain, frame[name].dropna() if name in frame else ())
        other = next((value for value in values if not _is_of_kind(value, kind)), None)
        if other is not None:
            raise ExportError(
                f"the column {name} of the example is not of the kind that the model was saved "
                f"with ({kind}): {other!r}; save the example as it was fitted, as .jsonl if a "
                ".csv loses the quotes of its texts"
            )


def _is_of_kind(value: Any, kind: str) -> bool:
    if kind == "integer":
        return type(value) is int or (type(value) is float and value.is_integer())
    return type(value) in _TYPES[kind]


def _text_column(estimator: Any, frame: pd.DataFrame) -> str:
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    if len(texts) != 1:
        raise ExportError(
            f"{called(estimator)} takes one text and the example has the columns {_listed(frame)}: "
            "leave the text and the label"
        )
    return str(texts[0])


def _listed(frame: pd.DataFrame) -> str:
    names = [str(name) for name in frame.columns]
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, (list, np.ndarray)):
        return [_plain(one) for one in value]
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124
        return None
    return value.item() if isinstance(value, np.generic) else value


def _column(values: list[Any], dtype: Any) -> pd.Series:
    """A column of JSON values in the type of the example; a missing one is what pandas has."""
    if isinstance(dtype, np.dtype) and dtype.kind in "iub":
        if None in values or any(type(value) is float for value in values):
            kind = np.float64 if dtype.kind != "b" else np.object_
            return pd.Series(values, dtype=kind)
        return pd.Series(values, dtype=dtype)
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        return pd.Series([np.nan if one is None else one for one in values], dtype=object)
    return pd.Series(values, dtype=dtype)
