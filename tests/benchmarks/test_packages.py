from pathlib import Path

import pytest
import yaml

from benchmarks.contestants import BY_KEY, COMPETITORS, CONTESTANTS, OURS
from benchmarks.function_process import function_environment
from benchmarks.packages import LOCK, Package, locked

PROJECT = Path(__file__).resolve().parents[2]
PROJECT_LOCK = PROJECT / "requirements.txt"
SHARED = ("cloudpickle", "joblib", "marshmallow", "numpy", "onnxruntime", "scikit-learn", "scipy")


def test_every_contestant_s_packages_are_locked_with_hashes() -> None:
    for contestant in CONTESTANTS:
        entries = locked(contestant.wheels)
        assert entries.count("==") >= len(contestant.wheels)
        assert entries.count("--hash=sha256:") >= len(contestant.wheels)


@pytest.mark.parametrize("name", SHARED)
def test_what_is_shared_with_this_project_has_its_version(name: str) -> None:
    pins = [line.split(" \\")[0] for line in locked([name]).splitlines() if "==" in line]
    ours = PROJECT_LOCK.read_text()
    assert pins
    assert [pin for pin in pins if f"{pin} \\" not in ours] == []


def test_a_package_that_is_not_locked_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks no-such-package"):
        locked(["numpy", "no-such-package"])


def test_the_lock_names_no_index() -> None:
    assert "index-url" not in LOCK.read_text()
    assert "://" not in LOCK.read_text()


def test_every_competitor_is_a_contestant() -> None:
    folders = {path.name for path in COMPETITORS.iterdir() if path.name != "__pycache__"}
    assert {contestant.package for contestant in CONTESTANTS} == folders | {OURS}


def test_functions_get_the_environment_that_serverless_yml_gives_them() -> None:
    deployed = yaml.safe_load((PROJECT / "serverless.yml").read_text())["provider"]["environment"]
    given = function_environment(Package(PROJECT, 0, 0), BY_KEY["ours-onnx"])
    constant = {name: value for name, value in deployed.items() if "$" not in value}
    assert len(constant) >= 1
    assert {name: given[name] for name in constant} == constant


def test_keys_are_unique() -> None:
    assert len({contestant.key for contestant in CONTESTANTS}) == len(CONTESTANTS)
