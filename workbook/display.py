"""What the notebooks show: the project's own source, tables and JSON, as Markdown.

Markdown is stored and compared as text, so a notebook whose shown source has changed fails.
"""

import html
import inspect
import json
import textwrap
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

from IPython.display import HTML, Markdown

PROJECT = Path(__file__).resolve().parent.parent

Sourced = ModuleType | type | Callable[..., Any]


def show_source(*objects: Sourced) -> Markdown:
    """Show the source of modules, classes and functions under the name of their file."""
    return _markdown(
        "\n\n".join(
            _fenced(file, "\n\n\n".join(map(_code, shown)), "python")
            for file, shown in groupby(objects, key=_file)
        )
    )


def show_file(path: str, language: str = "yaml") -> Markdown:
    """Show a file of the project; `path` is relative to its root."""
    return _markdown(_fenced(path, (PROJECT / path).read_text().rstrip(), language))


def show_table(rows: Iterable[Mapping[str, Any]]) -> Markdown:
    """Show one line a row; the keys of the first are the headings."""
    lines = [dict(row) for row in rows]
    headings = list(lines[0])
    cells = [headings, ["---"] * len(headings)]
    cells += [[_cell(line[heading]) for heading in headings] for line in lines]
    return _markdown("\n".join(f"| {' | '.join(line)} |" for line in cells))


def show_json(document: Any) -> Markdown:
    """Show a document as indented JSON, numbers rounded to three decimals."""
    text = json.dumps(_rounded(document), indent=2, ensure_ascii=False)
    return _markdown(f"```json\n{text}\n```")


def show_page(address: str) -> HTML:
    """Show a page that is served now in a frame, under a link to it.

    Of a stored notebook that nobody has run yet, JupyterLab shows the link alone.
    """
    shown = html.escape(address)
    return HTML(  # type: ignore[no-untyped-call]
        f'<p><a href="{shown}" target="_blank" rel="noopener">{shown}</a></p>'
        f'<iframe src="{shown}" width="100%" height="600"></iframe>'
    )


def _markdown(text: str) -> Markdown:
    return Markdown(text)  # type: ignore[no-untyped-call]


def _fenced(file: str, text: str, language: str) -> str:
    return f"*{file}*\n```{language}\n{text}\n```"


def _file(shown: Sourced) -> str:
    return Path(inspect.getsourcefile(shown) or "").resolve().relative_to(PROJECT).as_posix()


def _code(shown: Sourced) -> str:
    return textwrap.dedent(inspect.getsource(shown)).rstrip()


def _cell(value: Any) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {name: _rounded(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(member) for member in value]
    return value
