"""A run as pictures."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from benchmarks.import_times import Import
from benchmarks.results import Results

_PHASES = {
    "imports": "imports of libraries",
    "own_code": "own modules",
    "model_load": "model load",
    "first_predict": "first predict",
}
_OURS = ("ours-onnx", "ours-sklearn")
_PACKAGES = {
    "model_lambda": "#fdae61",
    "numpy": "#abd9e9",
    "onnxruntime": "#b8e186",
    "sklearn": "#f4a582",
    "scipy": "#d8b365",
    "others": "#d9d9d9",
}
# Of all imports: thinner ones are not drawn, and narrower ones have no name.
_SMALLEST_SHARE, _NAMED_SHARE = 0.003, 0.06
# The same run gives the same file.
_HASH_SALT = "benchmarks"


def save_plots(results: Results, folder: Path) -> list[Path]:
    """Write one SVG a question."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "start": start_plot(results),
        "predict": predict_plot(results),
        "batch": batch_plot(results),
        "size": size_plot(results),
    }
    with mpl.rc_context({"svg.hashsalt": _HASH_SALT, "svg.fonttype": "none"}):
        return [_save(figure, folder / f"{name}.svg") for name, figure in figures.items()]


def start_plot(results: Results) -> Figure:
    """Where the time to the first answer goes."""
    figure, axes = _bars("From the first import to the first answer", "milliseconds")
    titles = [one.title for one in results.contestants.values()]
    left = [0.0] * len(titles)
    for phase, label in _PHASES.items():
        widths = [median(one.phases_ms[phase]) for one in results.contestants.values()]
        axes.barh(titles, widths, left=left, label=label)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.legend()
    return figure


def predict_plot(results: Results) -> Figure:
    """One warm prediction, the handler alone."""
    figure, axes = _bars("One warm prediction: the handler's median", "microseconds")
    for key, one in results.contestants.items():
        axes.barh(one.title, median(one.handler_us["predict"].p50), color=_colour(key))
    axes.set_xscale("log")
    return figure


def batch_plot(results: Results) -> Figure:
    """Rows a second as the batch grows."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for one in results.contestants.values():
        if one.rows_per_second:
            sizes = [int(size) for size in one.rows_per_second]
            axes.plot(sizes, [median(rates) for rates in one.rows_per_second.values()],
                      marker="o", label=one.title)  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="rows in a request", ylabel="rows a second",
             title="Batches")  # fmt: skip
    axes.legend(fontsize="small")
    return figure


def size_plot(results: Results) -> Figure:
    """The zip and the memory."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for key, one in results.contestants.items():
        left.barh(one.title, one.zip_mb, color=_colour(key))
        right.barh(one.title, median(one.memory_mb), color=_colour(key))
    left.set_title("Zip, MB")
    right.set_title("Peak memory, MB")
    left.invert_yaxis()
    return figure


def import_plot(tree: Sequence[Import]) -> Figure:
    """An icicle of imports: as wide as the time it took, below the import that caused it."""
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    whole, left = sum(one.total_us for one in tree), 0.0
    for one in tree:
        _draw_import(axes, one, left, 0, whole)
        left += one.total_us / 1e3
    axes.set(xlabel="milliseconds", ylabel="depth", xlim=(0, whole / 1e3))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.invert_yaxis()
    axes.legend(
        handles=[Patch(color=colour, label=name) for name, colour in _PACKAGES.items()],
        ncols=3, fontsize="small", loc="lower right",
    )  # fmt: skip
    return figure


def _draw_import(axes: Axes, one: Import, left: float, depth: int, whole: float) -> None:
    if one.total_us < whole * _SMALLEST_SHARE:
        return
    width = one.total_us / 1e3
    colour = _PACKAGES.get(one.module.split(".")[0], _PACKAGES["others"])
    axes.barh(depth, width, left=left, height=1, align="edge", color=colour, edgecolor="white")
    if one.total_us > whole * _NAMED_SHARE:
        name = one.module.rsplit(".", 1)[-1]
        axes.text(left + width / 2, depth + 0.5, name, ha="center", va="center", fontsize=7)
    for child in one.children:
        _draw_import(axes, child, left, depth + 1, whole)
        left += child.total_us / 1e3


def _bars(title: str, unit: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=unit)
    axes.invert_yaxis()
    return figure, axes


def _colour(key: str) -> str:
    if key.endswith("floor"):
        return "tab:gray"
    return "tab:orange" if key in _OURS else "tab:blue"


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, metadata={"Date": None})
    return path
