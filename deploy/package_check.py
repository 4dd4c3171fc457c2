"""Check a built package before it is deployed: `python -m deploy.package_check PACKAGE.zip`.

Nothing is deployed that has not passed.
"""

import argparse
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from deploy.build import OUTPUT, build
from deploy.commands import DeployError
from deploy.function_files import SOURCE, function_files
from deploy.golden_rows import golden_requests
from deploy.package_platform import library_problems, wheel_problems
from deploy.package_settings import SETTINGS_FILE, PackageSettings, settings_for, this_architecture
from deploy.python_interpreter import find_python
from events.comparison import difference
from events.limits import UNZIPPED_BYTES, UPLOADED_ZIP_BYTES
from events.proxy_events import rest_api_event
from events.stored import FOLDER as EVENTS
from events.stored import read_response
from model_lambda.packaged_model import is_close

# The model that the stored events speak of, and the one that asks which models there are.
EVENT_MODEL = "iris_model"
LIST_MODELS = "list_models"
FORBIDDEN = frozenset(
    {"apispec", "boto3", "botocore", "pandas", "requests", "scipy", "skl2onnx", "sklearn"}
)
_SKLEARN_ENGINE = frozenset({"scipy", "sklearn"})


class CheckFailedError(DeployError):
    """The package must not be deployed."""


@dataclass(frozen=True)
class Package:
    """A built zip, unpacked, with the settings it was built for."""

    archive: Path
    folder: Path
    settings: PackageSettings

    @property
    def unzipped_size(self) -> int:
        """Bytes of all its files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def bytecode_of(self, module: str) -> str:
        """Where Python looks for a module's bytecode, for example `a/__pycache__/b.*.pyc`."""
        path = PurePosixPath(module)
        tag = "cpython-" + self.settings.python_version.replace(".", "")
        return f"{path.parent / '__pycache__' / path.stem}.{tag}.pyc"


def check_limits(package: Package) -> str:
    """Lambda takes 250 MB unzipped, and 50 MB zipped unless the zip comes by way of S3."""
    zipped, unzipped = package.archive.stat().st_size, package.unzipped_size
    sizes = f"{zipped / 1e6:.1f} MB zipped, {unzipped / 1e6:.1f} MB unzipped"
    if unzipped > UNZIPPED_BYTES:
        raise CheckFailedError(f"{sizes}: AWS takes at most {UNZIPPED_BYTES / 1e6:.1f} MB unzipped")
    if zipped > UPLOADED_ZIP_BYTES:
        return f"{sizes}; too large for a direct upload, so it goes by way of S3, as osls sends it"
    return sizes


def check_contents(package: Package) -> str:
    """It holds regular files alone, of the function only what belongs there, and all bytecode.

    What the wheels brought is compared, byte for byte, by `check_reproducible`.
    """
    with zipfile.ZipFile(package.archive) as archive:
        entries = archive.infolist()
    names = {entry.filename for entry in entries}
    _refuse("does not belong in it", _strangers(package, entries))
    modules = {name for name in names if name.endswith(".py")}
    compiled = {name for name in names if name.endswith(".pyc")}
    wanted = set(map(package.bytecode_of, modules)) if package.settings.bytecode == "on" else set()
    _refuse("is bytecode without its module", sorted(compiled - wanted))
    _refuse("is missing: the bytecode of a module", sorted(wanted - compiled))
    kind = "with bytecode" if wanted else "without bytecode, so each cold start compiles them"
    return f"{len(names)} files, {len(modules)} modules {kind}"


def _strangers(package: Package, entries: list[zipfile.ZipInfo]) -> list[str]:
    """Names of what is not a regular file, starts with a dot, or is not of the function."""
    files = function_files(package.folder / SOURCE, package.settings.engine)
    ours = {f"{SOURCE}/{path.as_posix()}" for path in files}
    ours |= {package.bytecode_of(name) for name in ours if name.endswith(".py")}
    return [
        entry.filename
        for entry in entries
        if not stat.S_ISREG(entry.external_attr >> 16)
        or any(part.startswith(".") for part in entry.filename.split("/"))
        or (entry.filename.startswith(f"{SOURCE}/") and entry.filename not in ours)
    ]


def _refuse(why: str, names: list[str]) -> None:
    if names:
        more = f" (and {len(names) - 5} more)" if len(names) > 5 else ""
        raise CheckFailedError(f"{', '.join(names[:5])}{more} {why}")


def check_platform(package: Package) -> str:
    """Every wheel and every shared library loads on the function's glibc and architecture."""
    if package.settings.target == "local":
        return "wheels of this machine"
    settings = package.settings
    problems = [
        *wheel_problems(package.folder, settings),
        *library_problems(package.folder, settings),
    ]
    if problems:
        raise CheckFailedError("; ".join(problems[:5]))
    glibc, architecture = "{}.{}".format(*settings.glibc), settings.architecture
    return f"every wheel and library loads on glibc {glibc}, {architecture}"


@dataclass(frozen=True)
class Served:
    """What a package did, alone in an interpreter.

    Attributes:
        init_ms: of its import.
        modules: that the import loaded.
        models: name and version of each that it serves.
        golden_rows: how many were answered as recorded.
    """

    init_ms: float
    modules: Sequence[str]
    models: Sequence[str]
    golden_rows: int


def check_import(package: Package) -> str:
    """Import it in an interpreter that sees nothing else, and ask it what answers are known of.

    These are every golden row of an exported model, and every stored event of the iris model.
    """
    served = check_golden_rows(package, package.settings.models)
    loaded = {name.split(".")[0] for name in served.modules}
    allowed = _SKLEARN_ENGINE if package.settings.engine == "sklearn" else frozenset[str]()
    if heavy := sorted(loaded & (FORBIDDEN - allowed)):
        raise CheckFailedError(f"the import loads {', '.join(heavy)}, which slows every cold start")
    told = [f"imported alone in {served.init_ms:.0f} ms with {', '.join(served.models)}"]
    if any(model.split()[0] == EVENT_MODEL for model in served.models):
        told.append(f"{check_stored_events(package)} events answered as stored")
    if served.golden_rows:
        told.append(f"{served.golden_rows} rows of exported models as recorded")
    return ", ".join(told)


def check_golden_rows(package: Package, picked: Sequence[str]) -> Served:
    """Ask which models it serves, and every exported one, or those that are picked, its rows.

    Raises:
        CheckFailedError: one is answered otherwise than recorded.
    """
    models = package.folder / SOURCE / "models"
    golden = {one.name: one for one in golden_requests(models, picked)}
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(EVENTS / f"{LIST_MODELS}.json", scratch)
        for name, one in golden.items():
            event = json.dumps(rest_api_event(one.request))
            (Path(scratch) / f"{name}.json").write_text(event, encoding="utf-8")
        report = isolated_probe(package, Path(scratch), picked)
    answers = report["answers"]
    listed = _body_of(f"events/{LIST_MODELS}.json", answers.pop(LIST_MODELS))["models"]
    for name, answer in answers.items():
        if not is_close(golden[name].answer, _body_of(name, answer)):
            raise CheckFailedError(f"{name} is answered otherwise than recorded: {answer}")
    served = (
        f"{one['qualified_name']} {one['major_version']}.{one['minor_version']}" for one in listed
    )
    return Served(report["init_ms"], report["modules"], tuple(served), len(golden))


def _body_of(name: str, answer: Any) -> Any:
    if answer.get("statusCode") != 200:
        raise CheckFailedError(f"{name} is answered otherwise than recorded: {answer}")
    return json.loads(answer["body"])


def check_stored_events(package: Package) -> int:
    """Send the stored events of the iris model, and count them.

    Raises:
        CheckFailedError: one is answered otherwise than stored.
    """
    answers = isolated_probe(package, EVENTS, [EVENT_MODEL])["answers"]
    if wrong := _wrong_answers(answers):
        raise CheckFailedError(f"{wrong[0]} ({len(wrong)} of {len(answers)} differ)")
    return len(answers)


def isolated_probe(
    package: Package, events: Path = EVENTS, models: Sequence[str] = ()
) -> dict[str, Any]:
    """What `isolated_probe.py` reports about the unpacked package.

    Args:
        events: the folder with the events to answer.
        models: names of those to load; all, if it is empty.
    """
    python = find_python(package.settings.python_version)
    probe = Path(__file__).with_name("isolated_probe.py")
    result = subprocess.run(
        [str(python), "-I", "-S", "-B", str(probe), str(package.folder), str(events)],
        env={
            "PATH": os.defpath,
            "ENGINE": package.settings.engine,
            "MODELS": ",".join(models),
            "LANG": "C.UTF-8",
        },
        cwd=package.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if result.returncode != 0:
        last = (result.stderr.strip() or "no message").splitlines()[-1]
        raise CheckFailedError(f"it cannot be imported alone: {last}")
    report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return report


def _wrong_answers(answers: dict[str, Any]) -> list[str]:
    differences = {name: difference(read_response(name), got) for name, got in answers.items()}
    wrong = [f"events/{name}.json: {text}" for name, text in differences.items() if text]
    return wrong if answers else ["there is no event to answer"]


def check_reproducible(package: Package) -> str:
    """Building again gives the same bytes: it is the package of these sources and locks."""
    with tempfile.TemporaryDirectory() as scratch:
        again = build(package.settings, Path(scratch) / package.archive.name)
        if again.read_bytes() == package.archive.read_bytes():
            return "built again, byte for byte the same"
        names = ", ".join(_differences(package.archive, again)[:5])
    raise CheckFailedError(f"another build differs in {names}: build it again")


def _differences(first: Path, second: Path) -> list[str]:
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        ours, theirs = ({e.filename: e.CRC for e in z.infolist()} for z in (one, two))
    names = sorted(ours.keys() | theirs.keys())
    return [name for name in names if ours.get(name) != theirs.get(name)] or ["order or dates"]


CHECKS: dict[str, Callable[[Package], str]] = {
    "limits": check_limits,
    "contents": check_contents,
    "platform": check_platform,
    "import": check_import,
    "reproducible": check_reproducible,
}


def check(archive: Path) -> bool:
    """Run every check, print one line each, and tell whether all passed."""
    with tempfile.TemporaryDirectory(prefix="package-check-") as scratch:
        package = unpack(archive, Path(scratch) / "package")
        print(f"checking {archive.name} ({package.settings})", flush=True)
        passed = [_passes(name, package, Path(scratch)) for name in CHECKS]
        return all(passed)


def _passes(name: str, package: Package, scratch: Path) -> bool:
    try:
        if name == "import" and not runs_here(package.settings):
            package = _build_for_this_machine(package.settings, scratch)
        print(f"  ok      {name}: {CHECKS[name](package)}", flush=True)
    except DeployError as error:
        print(f"  FAILED  {name}: {error}", flush=True)
        return False
    return True


def runs_here(settings: PackageSettings) -> bool:
    """Whether this machine can import the package itself."""
    if settings.target == "local":
        return True
    same_machine = platform.system() == "Linux" and settings.architecture == this_architecture()
    return same_machine and find_python(settings.python_version) is not None


def _build_for_this_machine(settings: PackageSettings, scratch: Path) -> Package:
    wanted = f"python{settings.python_version} on {settings.architecture}"
    print(f"  note    {wanted} does not run here: the same sources and locks are imported for this "
          "machine instead")  # fmt: skip
    here = settings_for("local", engine=settings.engine, models=settings.models)
    twin = build(here, scratch / "local.zip")
    return unpack(twin, scratch / "local")


def unpack(archive: Path, folder: Path) -> Package:
    """Unzip a package and read what it was built for.

    Raises:
        CheckFailedError: It is not a package made by `deploy.build`.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
        stored = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        return Package(archive, folder, PackageSettings.from_json(stored))
    except FileNotFoundError as error:
        raise CheckFailedError(f"{archive} is not there, or holds no {SETTINGS_FILE}") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        message = f"{archive} is not a package made by deploy.build"
        raise CheckFailedError(f"{message}: {error}") from error


def main() -> None:
    """Check one package."""
    parser = argparse.ArgumentParser(description="Check a built function package.")
    parser.add_argument("package", type=Path, nargs="?", default=OUTPUT)
    archive = parser.parse_args().package.resolve()
    try:
        passed = check(archive)
    except DeployError as error:
        sys.exit(f"error: {error}")
    if not passed:
        sys.exit(f"error: {archive.name} must not be deployed")


if __name__ == "__main__":
    main()
