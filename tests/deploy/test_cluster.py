"""The cluster file and the credentials: private, whole or not at all."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cluster import Cluster, Process, load_cluster, save_cluster, write_private
from deploy.credentials import (
    credential_file,
    read_credential,
    readdress_credentials,
    write_credential,
    write_properties,
)
from schemas.errors import Misconfigured

CLUSTER = Cluster(
    kind="embedded",
    bootstrap="127.0.0.1:21000",
    registry_url="http://127.0.0.1:22000/apis/ccompat/v7",
    processes=(Process(role="kafka", pid=1, started_at=2.5),),
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """A saved cluster is loaded as it was; before the first there is none."""
    assert load_cluster(tmp_path) is None
    save_cluster(tmp_path, CLUSTER)
    assert load_cluster(tmp_path) == CLUSTER


@pytest.mark.parametrize("text", ["", "{", "{}", '{"kind": "other"}', CLUSTER.model_dump_json()[:-1] + ',"x":1}'])
def test_a_broken_file_is_told(tmp_path: Path, text: str) -> None:
    """Half a file, another form or an unknown key: a person must look, nothing is guessed."""
    (tmp_path / "cluster.json").write_text(text)
    with pytest.raises(Misconfigured, match="PD-416"):
        load_cluster(tmp_path)


def test_files_are_private_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode 0600 in a folder of mode 0700; a crash before the rename leaves the old content and no other file."""
    file = tmp_path / "secrets" / "x"
    write_private(file, "old")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def crash(_descriptor: int) -> None:
        raise OSError

    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(OSError):
        write_private(file, "new")
    assert file.read_text() == "old"
    assert list(file.parent.iterdir()) == [file]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_a_password_survives_its_file(tmp_path_factory: pytest.TempPathFactory, password: str) -> None:
    """Whatever printable characters a password has, = and # too, it is read as it was written."""
    home = tmp_path_factory.mktemp("home")
    write_credential(home, CLUSTER, "force.kent", password)
    assert read_credential(home, "force.kent") == {
        "bootstrap.servers": CLUSTER.bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "force.kent",
        "sasl.password": password,
    }


def test_a_missing_credential_is_told(tmp_path: Path) -> None:
    """A user without a file: PD-420 with the file's name."""
    with pytest.raises(Misconfigured, match=r"PD-420 at secrets/force\.kent\.properties"):
        read_credential(tmp_path, "force.kent")


def test_credentials_follow_the_broker(tmp_path: Path) -> None:
    """When the broker has moved, every credential names the new address and keeps everything else."""
    write_properties(tmp_path, "force.kent", {"bootstrap.servers": "127.0.0.1:1", "sasl.password": "p=q", "extra": "1"})
    readdress_credentials(tmp_path, "127.0.0.1:2")
    assert read_credential(tmp_path, "force.kent") == {
        "bootstrap.servers": "127.0.0.1:2",
        "sasl.password": "p=q",
        "extra": "1",
    }
    written = credential_file(tmp_path, "force.kent").stat().st_ino
    readdress_credentials(tmp_path, "127.0.0.1:2")
    assert credential_file(tmp_path, "force.kent").stat().st_ino == written
