"""What a stranger meets first: names, lock, wheel, and nothing of the machine on which it was written."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from documents import ROOT, runnable_snippets, tracked_files

PACKAGES = ["schemas", "producers", "stream_processors", "consumers", "deploy"]

REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?P<marker> ; .*?)? \\$")


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _lock_faults(lock: str) -> list[str]:
    """What is wrong with a lock: a line that is no pinned requirement and no hash, a requirement without a hash."""
    faults, hashes, name = [], 1, ""
    for line in lock.splitlines():
        if line.startswith("#"):
            continue
        found = REQUIREMENT.match(line)
        if found:
            faults += [] if hashes else [f"{name}: no hash"]
            name, hashes = found["name"], 0
        elif re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?", line):
            hashes += 1
        else:
            faults.append(f"not a requirement: {line}")
    return faults if hashes else [*faults, f"{name}: no hash"]


def _normal(requirement: str) -> str:
    return re.split(r"[\[<>=; ]", requirement.lower().replace("_", "-"))[0]


def _traces(text: str) -> list[str]:
    """Hosts of package registries and paths of one machine. They are put together here, so that this file has none."""
    hosts = [("pypi", "org"), ("pythonhosted", "org"), ("repo1", "maven", "org"), ("repo", "maven"), ("registry", "npmjs")]
    hosts += [("deb", "debian", "org"), ("registry-1", "docker"), ("docker", "io/")]
    folders = [("", "work", "main"), ("", "work", "shared"), ("", "root", ""), ("", "tmp", "pd")]
    wanted = [".".join(parts) for parts in hosts] + ["/".join(parts) for parts in folders]
    return [found for found in wanted if found in text]


def test_the_project_has_its_promised_names() -> None:
    """One distribution, five packages, one command, Python 3.11, never to be uploaded."""
    project = _project()["project"]
    assert isinstance(project, dict)
    assert (project["name"], project["requires-python"]) == ("pointduty", ">=3.11")
    assert project["scripts"] == {"pointduty": "deploy.cli:main"}
    assert "Private :: Do Not Upload" in project["classifiers"]
    tool = _project()["tool"]
    assert isinstance(tool, dict)
    assert tool["hatch"]["build"]["targets"]["wheel"]["packages"] == PACKAGES
    assert tool["mypy"]["strict"] is True


def test_the_lock_is_whole() -> None:
    """Everything that the project asks for is locked; every requirement has a hash; nothing but requirements."""
    lock = (ROOT / "requirements.lock").read_text()
    assert _lock_faults(lock) == []
    assert "://" not in lock
    locked = {found["name"] for line in lock.splitlines() if (found := REQUIREMENT.match(line))}
    project = _project()
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]  # type: ignore[index,call-overload]
    for group in project["dependency-groups"].values():  # type: ignore[attr-defined]
        asked += group
    assert {_normal(one) for one in asked} <= locked


@pytest.mark.parametrize(
    "lock",
    [
        "a==1 \\\n",
        "a==1\n",
        "a @ file:///a \\\n    --hash=sha256:" + 64 * "0",
        "-i x\n",
        "a==1 \\\nb==1 \\\n    --hash=sha256:" + 64 * "0",
    ],
)
def test_a_broken_lock_is_found(lock: str) -> None:
    """The check above sees a missing hash, a place instead of a version, and an option."""
    assert _lock_faults(lock)


def test_no_file_tells_of_a_registry_or_a_machine() -> None:
    """No host of a package registry and no path of the machine it was written on is in any file of the project."""
    files = tracked_files()
    assert len(files) > 200
    found = {
        str(file.relative_to(ROOT)): traces for file in files if (traces := _traces(file.read_bytes().decode(errors="replace")))
    }
    assert found == {}


def test_a_trace_is_found() -> None:
    """The check above sees both kinds."""
    assert len(_traces("https://" + "pypi" + ".org/simple and /work" + "/main/x")) == 2


def test_the_gate_and_make_are_one_way() -> None:
    """`.ci/run` runs `make test` and no tool of its own."""
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[-1] == "exec make test"
    assert not re.search(r"\b(pytest|ruff|mypy|pip|python)\b", "".join(lines))


def test_the_snippets_of_the_readme_are_run() -> None:
    """Each of the four ways into the hub has a snippet that an integration test runs."""
    assert set(runnable_snippets()) == {"publish.py", "stock_publish.py", "read.py", "stock_read.py"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the locked backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [file] = folder.glob("pointduty-*.whl")
    return file


def test_the_wheel_has_every_data_file(wheel: Path) -> None:
    """Schemas, reference data, rules, dialects, topics, lock and type markers: all that stands in the packages, and no test."""
    tracked = {str(file.relative_to(ROOT)) for file in tracked_files() if file.relative_to(ROOT).parts[0] in PACKAGES}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {Path(name).suffix for name in tracked} >= {".avsc", ".yaml", ".csv", ".lock", ".typed"}
    assert tracked <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_an_installed_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    """Installed by pip, away from the source, the command tells its version, and the rules that it ships load."""
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}  # before the editable install of the source

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert run(str(site / "bin" / "pointduty"), "--version") == "0.1.0"
    load = "import stream_processors.rule_set as r; print(len(r.load_rule_set(r.shipped_parts()).agreements), r.__file__)"
    agreements, place = run(sys.executable, "-c", load).split()
    assert int(agreements) >= 6
    assert place.startswith(str(site))
