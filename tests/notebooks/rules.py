"""The rules of a notebook; each takes a notebook and yields what breaks it, in words."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode

Rule = Callable[[NotebookNode, Path], Iterator[str]]

CODE_CELLS = range(10, 23)
"""12 to 20 are aimed at; two more or less are borne."""
LINES_OF_A_CELL = 12
CODE_CELLS_IN_A_ROW = 2
BYTES_OF_A_NOTEBOOK = 600_000
UNCOMPARED_CELLS = 4

OPENING = ("You will be able to", "You need", "It takes", "You will read")
CLOSING = ("## Recap", "## Checkpoint")

MACHINE_PATH = re.compile(r"(?<![\w.])(/(?:home|Users|root|tmp|private|var/folders)/|C:\\)")
PACKAGES_PATH = re.compile(r"site-packages|ipykernel_\d+")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
TIMESTAMP = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
WARNING = re.compile(r"\b[A-Z]\w*Warning:")
LONG_FLOAT = re.compile(r"(?<![\w.])\d+\.\d{4,}(?![\w.])")
ONLY_TRUE = re.compile(r"\A\W*(?:True|False)\W*\Z|\| (?:True|False) \|")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<(?:img|a)\s[^>]*(?:src|href)=\"([^\"]+)\"")

EVENTS = Path(__file__).resolve().parents[2] / "events"


def problems(notebook: NotebookNode, path: Path) -> list[str]:
    """Return what breaks any of the rules, each with the rule's name."""
    return [f"{rule.__name__}: {found}" for rule in RULES for found in rule(notebook, path)]


def is_a_valid_notebook(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """The file is valid, and no cell id appears twice."""
    ids = [cell.get("id") for cell in notebook.cells]
    if len(set(ids)) != len(ids):
        yield "two cells have the same id"
        return
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield str(error).splitlines()[0]


def is_executed_in_order(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """The stored outputs come from one run, from the first cell to the last."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}; run make notebooks"


def has_no_failed_cell(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """No stored output is an error or was written to stderr."""
    for number, cell in numbered(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"cell {number} has an output of kind error or stderr"


def is_compared(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """No cell is skipped when the notebook is tested, and few outputs are left uncompared."""
    uncompared = 0
    for number, cell in numbered(notebook):
        tags = " ".join(cell.metadata.get("tags", []))
        if re.search(r"nbval-skip|raises-exception", tags):
            yield f"cell {number} is skipped or may fail"
        if "NBVAL_" in cell.source:
            yield f"cell {number} is marked by a comment, a tag is right"
        uncompared += "nbval-ignore-output" in tags
    if uncompared > UNCOMPARED_CELLS:
        yield f"{uncompared} outputs are not compared, at most {UNCOMPARED_CELLS} may be"


def has_a_fair_number_of_code_cells(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """A notebook is a sitting: neither a fragment nor a marathon."""
    number = len(code_cells(notebook))
    if number not in CODE_CELLS:
        yield f"{number} code cells, {CODE_CELLS.start} to {CODE_CELLS.stop - 1} are right"


def has_short_cells(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """A code cell shows one thing."""
    for number, cell in numbered(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if len(lines) > LINES_OF_A_CELL:
            yield f"cell {number} has {len(lines)} lines, at most {LINES_OF_A_CELL} are right"
        if not lines:
            yield f"cell {number} is empty"


def has_prose_before_code(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """Text explains what the next cells do."""
    if notebook.cells and notebook.cells[0].cell_type != "markdown":
        yield "the first cell is not text"
    in_a_row = 0
    for position, cell in enumerate(notebook.cells):
        in_a_row = in_a_row + 1 if cell.cell_type == "code" else 0
        if in_a_row > CODE_CELLS_IN_A_ROW:
            yield f"the cell at position {position} is the {in_a_row}rd code cell in a row"


def ends_no_line_with_a_semicolon(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """A trailing semicolon hides an output here and shows it when the notebook is tested."""
    for number, cell in numbered(notebook):
        if cell.source.rstrip().endswith(";"):
            yield f"cell {number} ends with a semicolon"


def defines_nothing(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """Functions and classes belong in the package; the notebook shows and calls them."""
    for number, cell in numbered(notebook):
        for node in ast.walk(ast.parse(python_of(cell))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                allowed = "exercise" in cell.metadata.get("tags", [])
                if not allowed:
                    yield f"cell {number} defines {node.name}"


def opens_with_objectives(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """The first cell says what is learned, what is needed, how long it takes, what is read."""
    first = notebook.cells[0].source if notebook.cells else ""
    if not first.startswith("# "):
        yield "the first cell does not begin with a title"
    for label in OPENING:
        if f"**{label}**" not in first:
            yield f"the first cell lacks **{label}**"
    if not re.search(r"\*\*It takes\*\*.*\bminutes?\b", first):
        yield "**It takes** does not say how many minutes"


def closes_with_recap_and_checkpoint(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """The end sums up and asserts what was learned."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## .*$", prose, re.MULTILINE)
    for heading in CLOSING:
        if not any(line.startswith(heading) for line in headings):
            yield f"there is no heading {heading!r}"
    cells = code_cells(notebook)
    if not cells or "assert " not in cells[-1].source:
        yield "the last code cell asserts nothing"


def leads_to_the_next(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """The last cell links to the notebook that follows; the last notebook links to the first."""
    names = sorted(sibling.name for sibling in path.parent.glob("[!.]*.ipynb"))
    following = dict(pairwise([*names, *names[:1]])).get(path.name)
    last = notebook.cells[-1] if notebook.cells else {"cell_type": "", "source": ""}
    if following not in links(last["source"]) or last["cell_type"] != "markdown":
        yield f"the last cell does not link to {following}"


def has_links_that_resolve(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """A relative link leads to a file of the project."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for link in links(cell.source):
            if not leads_somewhere(link, path.parent):
                yield f"{link} leads nowhere"


def shows_nothing_of_the_machine(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """Outputs hold no path, address, warning or moment of the machine that made them."""
    events = "".join(event.read_text() for event in sorted(EVENTS.glob("[!.]*.json")))
    for number, cell in numbered(notebook):
        text = "\n".join(texts(cell))
        for pattern in (MACHINE_PATH, PACKAGES_PATH, ADDRESS, TIMESTAMP, WARNING):
            found = pattern.search(text)
            if found and not (pattern is TIMESTAMP and found.group() in events):
                yield f"cell {number} shows {found.group()!r}"


def shows_few_decimals(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """Later decimals depend on the processor."""
    for number, cell in numbered(notebook):
        found = LONG_FLOAT.search("\n".join(texts(cell)))
        if found:
            yield f"cell {number} shows {found.group()}, three decimals are right"


def shows_what_was_asked(notebook: NotebookNode, _path: Path) -> Iterator[str]:
    """An output is the number or the text itself; that it is right belongs in an assert."""
    for number, cell in numbered(notebook):
        found = next(filter(None, map(ONLY_TRUE.search, texts(cell))), None)
        if found:
            yield f"cell {number} shows {found.group().strip()}, what was compared is right"


def has_stable_metadata(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Metadata holds nothing of the machine or the moment, and the file is small."""
    if set(notebook.metadata) != {"kernelspec", "language_info"}:
        yield f"metadata has {sorted(notebook.metadata)}; run make notebooks"
    if set(notebook.metadata.get("language_info", {})) != {"name"}:
        yield "metadata names a version of Python; run make notebooks"
    if path.exists() and path.stat().st_size > BYTES_OF_A_NOTEBOOK:
        yield f"the file has {path.stat().st_size} bytes, at most {BYTES_OF_A_NOTEBOOK} are right"


RULES: tuple[Rule, ...] = (
    is_a_valid_notebook,
    is_executed_in_order,
    has_no_failed_cell,
    is_compared,
    has_a_fair_number_of_code_cells,
    has_short_cells,
    has_prose_before_code,
    ends_no_line_with_a_semicolon,
    defines_nothing,
    opens_with_objectives,
    closes_with_recap_and_checkpoint,
    leads_to_the_next,
    has_links_that_resolve,
    shows_nothing_of_the_machine,
    shows_few_decimals,
    shows_what_was_asked,
    has_stable_metadata,
)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def numbered(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """Return the code cells with their numbers, from 1."""
    return list(enumerate(code_cells(notebook), 1))


def python_of(cell: NotebookNode) -> str:
    """Return the Python of a cell, without its magics and shell lines."""
    if cell.source.startswith("%%"):
        return ""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE)


def texts(cell: NotebookNode) -> Iterator[str]:
    """Yield the text of a cell's outputs as it is shown, in every form but pictures."""
    for output in cell.outputs:
        yield output.get("text", "")
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield data if isinstance(data, str) else json.dumps(data)


def links(markdown: str) -> list[str]:
    """Return the targets of links and pictures; code is left out."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", markdown, flags=re.DOTALL)
    return [first or second for first, second in LINK.findall(prose)]


def leads_somewhere(link: str, folder: Path) -> bool:
    """Tell whether a link is on the web, within the page, or a file that exists."""
    target = link.partition("#")[0]
    return link.startswith(("https://", "#", "mailto:")) or (folder / target).exists()
