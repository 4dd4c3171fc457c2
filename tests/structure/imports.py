"""Who imports whom in a package, read from its source without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path


def modules(package: Path) -> dict[str, str]:
    """Return the source of every module under `package`, by its full name."""
    # Not `*`: an editor keeps a link to nowhere, `.#name.py`, beside a file with unsaved changes.
    paths = sorted(package.rglob("[!.]*.py"))
    return {module_name(path, package.parent): path.read_text() for path in paths}


def module_name(path: Path, root: Path) -> str:
    """Return the name by which a file is imported when `root` is on the path."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str) -> set[str]:
    """Return all names that a module imports, wherever the import stands in it.

    `from a.b import c` counts as `a.b` and as `a.b.c`, since c may be a module.
    """
    return {name for node in ast.walk(ast.parse(source)) for name in imported_by(node)}


def imported_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that one statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        yield origin
        yield from (f"{origin}.{alias.name}" for alias in node.names)


def strings(source: str) -> set[str]:
    """Return all string constants of a module that are not docstrings."""
    nodes = list(ast.walk(ast.parse(source)))
    loose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in loose
    }


def is_within(name: str, parts: tuple[str, ...]) -> bool:
    """Tell whether a module is one of `parts` or lies under one of them."""
    return any(name == part or name.startswith(f"{part}.") for part in parts)
