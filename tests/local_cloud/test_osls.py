"""How osls is run: past a proxy, and to a clean end when it is interrupted."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.commands import PROJECT
from deploy.osls import osls_environment
from deploy.target import aws_target

PROXY = "http://127.0.0.1:9"
PROXIES = {"HTTP_PROXY": PROXY, "https_proxy": PROXY, "ALL_PROXY": PROXY, "proxy": PROXY}
NOT_PROXIES = {"NO_PROXY": "inside.example", "npm_config_proxy": PROXY}
# osls reads its own environment; a build that it asks for is a process of its own.
PLUGIN = """
const Plugin = require("./deploy/serverless/build_and_check.js");
const service = { provider: {} };
const serverless = {
  service, serviceDir: process.cwd(), classes: { Error }, getProvider: () => ({}),
};
const plugin = new Plugin(serverless, {}, { log: console });
console.log(JSON.stringify(process.env));
plugin.python("x", []);
"""
INTERRUPTED = """
import pathlib, sys
import deploy.osls
from IPython.core.interactiveshell import InteractiveShell
deploy.osls.OSLS = pathlib.Path(sys.argv[1])
InteractiveShell().run_cell('''
from deploy.service import deploy
from deploy.target import aws_target
deploy(aws_target({}), show=True)
''')
"""


def executable(path: Path, body: str) -> Path:
    """Write a program for /bin/sh."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("announced", "seen"),
    [
        ({"TARGET": "local"}, {}),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, {}),
        ({"TARGET": "aws"}, PROXIES),
    ],
)
def test_osls_asks_the_local_cloud_itself_and_the_build_keeps_the_proxy(
    announced: dict[str, str], seen: dict[str, str], tmp_path: Path
) -> None:
    show = f'exec "{sys.executable}" -c "import json, os; print(json.dumps(dict(os.environ)))"'
    python = {"PYTHON": str(executable(tmp_path / "python", show))}
    path = {"PATH": osls_environment(aws_target({}))["PATH"]}
    done = subprocess.run(
        ["node", "-e", PLUGIN],
        env=path | python | announced | PROXIES | NOT_PROXIES,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    own, built = (
        {name: value for name, value in json.loads(line).items() if "proxy" in name.lower()}
        for line in done.stdout.splitlines()
    )
    assert own == seen | NOT_PROXIES
    assert built == PROXIES | NOT_PROXIES


def test_an_interrupted_deployment_is_a_line_in_a_notebook_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    slow = executable(tmp_path / "osls", "sleep 300 | { echo $$; cat; }")
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(slow)],
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as notebook:
        assert notebook.stdout is not None
        osls = psutil.Process(int(notebook.stdout.readline()))
        started = [osls, *osls.children(recursive=True)]
        notebook.send_signal(signal.SIGINT)
        said = notebook.stdout.read()
    assert said == "interrupted: deploy again, or undo it with: make remove TARGET=aws\n"
    assert len(started) == 3
    assert psutil.wait_procs(started, timeout=20)[1] == []
