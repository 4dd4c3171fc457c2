"""Measures this project beside what else one could pick: `python -m benchmarks`."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks import deployed, measurement, regression, report
from benchmarks.contestants import CONTESTANTS
from benchmarks.function_process import BenchmarkError
from benchmarks.machine import machine
from benchmarks.measurement import FULL, QUICK, SMOKE, Effort, Entry
from benchmarks.packages import built_package
from benchmarks.plots import save_plots
from benchmarks.results import STORED, STORED_JSON, Results, stored_results
from deploy.commands import PROJECT, DeployError
from deploy.package_settings import TARGETS
from deploy.runtime_client import runtime_client_available, runtime_python

README = PROJECT / "README.md"
FRESH = PROJECT / "build" / "benchmarks" / "results"
_EFFORTS = {"full": FULL, "quick": QUICK, "smoke": SMOKE}


def arguments() -> argparse.ArgumentParser:
    """The options of this command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure cold start, latency, throughput, memory and size beside the "
        "alternatives. Results go to build/benchmarks/results. Exits with 1 when a stored ratio "
        "was really lost.",
    )
    effort = parser.add_mutually_exclusive_group()
    for name, text in (
        ("quick", "3 short rounds instead of 11: about 3 minutes instead of 6"),
        ("smoke", "one round of single calls: does everything run?"),
        ("tables", "measure nothing: make the tables and plots of the stored run again"),
    ):
        effort.add_argument(f"--{name}", dest="effort", action="store_const", const=name, help=text)
    parser.set_defaults(effort="full")
    parser.add_argument(
        "--store",
        action="store_true",
        help="keep the results in the project and its README instead",
    )
    parser.add_argument(
        "--target",
        choices=TARGETS,
        default=os.environ.get("TARGET", "local"),
        help="aws: read the reports of the function deployed to your account; "
        "it is invoked 110 times",
    )
    return parser


def main(given: list[str] | None = None) -> int:
    """Build, measure, report, compare."""
    options = arguments().parse_args(given)
    try:
        if options.target == "aws":
            return report_aws()
        if options.effort == "tables":
            write(stored_results(), STORED)
            return 0
        results = measured(_EFFORTS[options.effort])
    except (BenchmarkError, DeployError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    # Rounded as it is stored, so that the tables can be made again from the stored run.
    results = Results.from_json(results.to_json())
    lost = compare(results) if options.effort == "full" else 0
    write(results, STORED if options.store else FRESH)
    return 0 if options.store else lost


def measured(effort: Effort) -> Results:
    """Build what is missing and measure every contestant, then the deployed endpoint."""
    if not runtime_client_available():
        raise BenchmarkError(f"AWS's runtime client has no wheel for {platform.system()}")
    results = Results(machine(), effort.rounds)
    python = runtime_python()
    entries = [Entry(one, built_package(one, progress, effort.zip_level)) for one in CONTESTANTS]
    measurement.run(entries, python, effort, results, progress)
    if effort.endpoint_seconds:
        results.endpoint = deployed.local_loads(effort.endpoint_seconds, progress)
    return results


def report_aws() -> int:
    """Measure the function on AWS, print the summary and keep it beside the results."""
    text = json.dumps(deployed.aws_reports(progress), indent=1)
    FRESH.mkdir(parents=True, exist_ok=True)
    (FRESH / "aws.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


def compare(results: Results) -> int:
    """Print what was lost against the stored run; 1 if anything was."""
    if not STORED_JSON.exists():
        return 0
    lost = regression.losses(results, stored_results())
    for loss in lost:
        print(f"LOST  {loss}")
    return 1 if lost else 0


def write(results: Results, folder: Path) -> None:
    """Write the JSON, the tables and the plots, and print the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    text = report.markdown(results)
    (folder / STORED_JSON.name).write_text(results.to_json(), encoding="utf-8")
    (folder / report.STORED_TABLE.name).write_text(text, encoding="utf-8")
    save_plots(results, folder)
    if folder == STORED:
        readme = report.readme_with(results, README.read_text(encoding="utf-8"))
        README.write_text(readme, encoding="utf-8")
    print(f"\n{text}\nWritten to {folder.relative_to(PROJECT)}")


def progress(text: str) -> None:
    """Say what is going on, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
