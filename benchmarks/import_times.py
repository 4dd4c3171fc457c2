"""What `python -X importtime` says, as a tree and as phases of a cold start."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)$")
_MARK = re.compile(r"mark: (\S+) (\d+)$")


@dataclass
class Import:
    """One import: microseconds with and without the imports that it caused."""

    module: str
    own_us: int
    total_us: int
    children: list["Import"] = field(default_factory=list)

    def walk(self) -> Iterator["Import"]:
        """This import and all it caused."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Phases:
    """Where the time from the first import to the first answer goes, in milliseconds.

    Attributes:
        imports: modules of libraries and of the standard library.
        own_code: the contestant's own modules, without the loading of its model.
        model_load: parsing the model file, without the imports that it causes.
        first_predict: the first call of the handler.
    """

    imports: float
    own_code: float
    model_load: float
    first_predict: float


def import_tree(lines: Iterable[str]) -> list[Import]:
    """The imports at the top level, in order; the interpreter prints children before parents."""
    waiting: list[tuple[int, Import]] = []
    for line in lines:
        if match := _LINE.match(line):
            depth = len(match[3]) // 2
            children = []
            while waiting and waiting[-1][0] > depth:
                children.append(waiting.pop()[1])
            one = Import(match[4], int(match[1]), int(match[2]), children[::-1])
            waiting.append((depth, one))
    return [one for _, one in waiting]


def phases(lines: list[str], own_package: str) -> Phases:
    """Split what `import_probe.py` wrote, by its marks."""
    at, when = _marks(lines)
    init = lines[at["import-begin"] : at["import-end"]]
    loading = lines[at.get("load-begin", 0) : at.get("load-end", 0)]
    load_ms = (when.get("load-end", 0) - when.get("load-begin", 0)) / 1e6
    # What the parser itself imports is an import; the interpreter's rounding may leave less than 0.
    load_ms = max(0.0, load_ms - _imports_ms(loading, own_package, own=False))
    return Phases(
        imports=_imports_ms(init, own_package, own=False),
        own_code=_imports_ms(init, own_package, own=True) - load_ms,
        model_load=load_ms,
        first_predict=(when["answer"] - when["import-end"]) / 1e6,
    )


def _marks(lines: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """The line of each mark, and its time in nanoseconds."""
    matches = {number: match for number, line in enumerate(lines) if (match := _MARK.match(line))}
    lines_of = {match[1]: number for number, match in matches.items()}
    return lines_of, {match[1]: int(match[2]) for match in matches.values()}


def _imports_ms(lines: list[str], package: str, *, own: bool) -> float:
    """Milliseconds in the modules of a package, or in all others."""
    matches = [match for line in lines if (match := _LINE.match(line))]
    return (
        sum(int(match[1]) for match in matches if (match[4].split(".")[0] == package) is own) / 1e3
    )
