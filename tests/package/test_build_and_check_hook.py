"""The plugin of osls builds what osls is about to deploy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.build import arguments
from deploy.commands import PROJECT
from deploy.package_settings import PackageSettings, settings_from_options

SCRIPT = """
const Plugin = require("./deploy/serverless/build_and_check.js");
const provider = {
  runtime: "python3.14", architecture: "arm64", environment: { ENGINE: "sklearn" },
};
const service = { custom: { bytecode: process.argv[1] }, provider };
const getProvider = () => ({});
const serverless = { serviceDir: process.cwd(), service, classes: { Error }, getProvider };
new Plugin(serverless, {}, { log: console }).hooks["before:package:createDeploymentArtifacts"]();
"""


@pytest.mark.parametrize("bytecode", ["on", "off"])
def test_the_runtime_architecture_engine_and_bytecode_are_passed_on(
    bytecode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    node = Path(sys.executable).with_name("node")
    said = subprocess.run(
        [node, "-e", SCRIPT, bytecode],
        env={"PATH": os.defpath, "PYTHON": str(python), "TARGET": "aws"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said[:2] == ["-m", "deploy.package"]
    # The variables of whoever runs osls do not come before what osls has resolved.
    monkeypatch.setenv("FUNCTION_BYTECODE", "off" if bytecode == "on" else "on")
    monkeypatch.setenv("MODELS", "")
    settings = settings_from_options(arguments().parse_args(said[2:]))
    assert settings == PackageSettings("aws", "3.14", "arm64", "sklearn", bytecode)
