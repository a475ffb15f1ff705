"""The unpacked registry is what was in the archive."""

import io
import tarfile
from pathlib import Path

import pytest

from deploy.artifacts import Artifact
from deploy.broker_registry import unpack_registry

ARTIFACT = Artifact("registry", "org.test:r:1:tar.gz:all", "ab" * 32, 1)
FILES = {"quarkus-run.jar": b"run", "lib/main/a.jar": b"a"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "r.tar.gz", FILES)


def make_archive(file: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as content:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            content.addfile(entry, io.BytesIO(data))
    return file


def test_unpacked_once(archive: Path, tmp_path: Path) -> None:
    """The files are those of the archive, and a second call unpacks nothing."""
    folder = unpack_registry(archive, ARTIFACT, tmp_path)
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    made = folder.stat().st_ino
    assert unpack_registry(archive, ARTIFACT, tmp_path).stat().st_ino == made


@pytest.mark.parametrize("harm", ["change", "remove", "add"])
def test_a_harmed_folder_is_unpacked_again(archive: Path, tmp_path: Path, harm: str) -> None:
    """A file changed, removed or added since: the folder is made anew, never run as it is."""
    folder = unpack_registry(archive, ARTIFACT, tmp_path)
    if harm == "change":
        (folder / "lib/main/a.jar").write_bytes(b"b")
    elif harm == "remove":
        (folder / "lib/main/a.jar").unlink()
    else:
        (folder / "lib/main/evil.jar").write_bytes(b"x")
    folder = unpack_registry(archive, ARTIFACT, tmp_path)
    assert {str(file.relative_to(folder)) for file in folder.rglob("*.jar")} == set(FILES)
    assert (folder / "lib/main/a.jar").read_bytes() == b"a"


def test_an_archive_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    """A member that points outside is an error, and nothing is left behind."""
    archive = make_archive(tmp_path / "evil.tar.gz", {"../outside.jar": b"x"})
    with pytest.raises(tarfile.FilterError):
        unpack_registry(archive, ARTIFACT, tmp_path / "cache")
    assert not (tmp_path / "outside.jar").exists()
    assert [file.name for file in (tmp_path / "cache").iterdir() if file.name != ".lock"] == []
