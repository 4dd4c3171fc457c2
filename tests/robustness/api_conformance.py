"""Compares the deployed API with its OpenAPI document by generated requests: Schemathesis.

`python -m tests.robustness.api_conformance --examples 200` deploys to a local cloud of its own,
runs every check on every operation, and prints the figures. With 1,000 examples and seed 20261123
(Schemathesis 4.32.5): 16,358 requests to 15 operations, no problem.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.documents.openapi import DOCUMENT
from deploy.local_cloud import local_cloud
from deploy.service import deploy
from deploy.stack import Stack
from deploy.target import local_target
from tests.local_cloud.deployment_parameters import UNTIRED

SETTINGS = Path(__file__).with_name("schemathesis.toml")
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Conformance:
    """What a run found; ``said`` is the report for people."""

    report: Mapping[str, Any]
    said: str

    @property
    def cases(self) -> int:
        """How many requests were generated."""
        return int(self.report["test_cases"]["generated"])

    @property
    def problems(self) -> list[Any]:
        """Failed checks, errors, and whatever was not done."""
        cases, operations = self.report["test_cases"], self.report["operations"]
        undone = [
            f"{name}: {phase['status']}"
            for name, phase in self.report["phases"].items()
            if phase["status"] != "success"
        ]
        if operations["tested"] != operations["total"] or cases["errored"]:
            undone.append(f"{operations}, {cases}")
        return [*self.report["failures"], *self.report["errors"], *undone]

    @property
    def figures(self) -> str:
        """One line."""
        return (
            f"{self.cases:,} requests to {self.report['operations']['tested']} operations in "
            f"{self.report['running_time']:.0f} s, seed {self.report['seed']}: "
            f"{len(self.problems)} problems"
        )


def check_conformance(stack: Stack, folder: Path, examples: int, seed: int | None) -> Conformance:
    """Run all checks in all phases.

    Args:
        stack: The deployed service.
        folder: Where the report is written; the working folder of the run.
        examples: How many requests the random phases generate an operation, at most.
        seed: None for a new one.
    """
    report = folder / "report.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS),
        "run", str(DOCUMENT), "--url", stack.url(""),
        "--checks", "all", "--phases", ",".join(PHASES), "--max-examples", str(examples),
        "--no-color", "--report", "json",
        "--report-json-path", str(report),
        *(f"--header={name}:{value}" for name, value in stack.headers.items()),
        *([] if seed is None else [f"--seed={seed}"]),
    ]  # fmt: skip
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "PYTHONWARNINGS": "default"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert report.exists(), said
    return Conformance(json.loads(report.read_bytes()), said)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Compare the deployed API with its document.")
    parser.add_argument("--examples", type=int, default=200, help="an operation and random phase")
    parser.add_argument("--seed", type=int)
    args = parser.parse_args()
    with local_cloud() as cloud, tempfile.TemporaryDirectory() as folder:
        stack = deploy(local_target(cloud), UNTIRED)
        print("deployed; running every check on every operation", flush=True)
        found = check_conformance(stack, Path(folder), args.examples, args.seed)
    print(found.said if found.problems else found.figures)
    sys.exit(1 if found.problems else 0)


if __name__ == "__main__":
    main()
