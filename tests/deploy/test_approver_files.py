"""Keys, pinned lists, approvals and candidates as files."""

import json
from pathlib import Path
from typing import Any

import pytest
from approving import ANN, BOB, KEYS, NOW_MS, PINNED
from core_hub import agreement, parts_of, prohibition
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.approval_files import approval_file, find_approvals, read_approval, write_approval
from deploy.approver_keys import needs_passphrase, new_approver, owner_of, read_key
from deploy.approvers_file import pin, read_approvers, read_pinned, retire
from deploy.candidate import read_candidate, write_candidate
from deploy.local_approvers import has_local_keys, local_keys, pin_local_approvers
from deploy.settings import Settings
from schemas.codes import Code
from schemas.errors import Misconfigured, PointDutyError
from stream_processors.approvals import Statement, sign
from stream_processors.approvers import make_approvers

SAID = Statement("control", "PUBLISH", 7, "a" * 64, "b" * 64, "c" * 64, "d" * 64)
GIVEN: dict[str, object] = {"name": "Ann", "organisation": "a house", "powers": ["approve"]}


def code_of(call: Any, *arguments: Any) -> Code:
    with pytest.raises(PointDutyError) as caught:
        call(*arguments)
    return caught.value.code


@pytest.mark.parametrize("passphrase", [None, b"a long word"])
def test_a_new_key_signs_as_who_is_pinned(tmp_path: Path, passphrase: bytes | None) -> None:
    """The private key is this user's alone, never written over, locked where a passphrase was given."""
    file = tmp_path / "keys" / "ann.pem"
    made = new_approver(GIVEN, file, passphrase)
    assert file.stat().st_mode & 0o077 == 0
    assert needs_passphrase(file) == (passphrase is not None)
    key = read_key(file, passphrase)
    assert owner_of(key, make_approvers([made, BOB])) == made
    assert code_of(owner_of, key, PINNED) is Code.APPROVER_KEY
    content = file.read_bytes()
    assert code_of(new_approver, GIVEN, file) is Code.APPROVER_KEY
    assert file.read_bytes() == content
    for wrong in (b"other", b"" if passphrase else b"x"):
        assert code_of(read_key, file, wrong or None) is Code.APPROVER_KEY


def test_what_is_no_such_key_is_refused(tmp_path: Path) -> None:
    """No file, no PEM, a key of another sort."""
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", other):
        file = tmp_path / "key.pem"
        file.write_bytes(content)
        assert code_of(read_key, file) is Code.APPROVER_KEY
    assert code_of(read_key, tmp_path / "none") is Code.APPROVER_KEY


def test_who_is_pinned_is_read_from_the_file_alone(tmp_path: Path) -> None:
    """Nobody without a file; then who was pinned, once each; a retired one stays on the list."""
    settings = Settings(home=tmp_path, approvers=tmp_path / "elsewhere" / "list.json")
    assert code_of(read_approvers, settings) is Code.NO_APPROVERS
    pin(settings.approvers_file, [ANN, BOB])
    assert read_approvers(settings).all == (ANN, BOB)
    assert settings.approvers_file.stat().st_mode & 0o077 == 0
    assert code_of(pin, settings.approvers_file, [ANN]) is Code.APPROVERS_INVALID
    retire(settings.approvers_file, "Ann", 5)
    retire(settings.approvers_file, "Ann", 9)  # never longer than it was
    assert [each.until_number for each in read_pinned(settings.approvers_file).all] == [5, None]
    assert code_of(retire, settings.approvers_file, "Eve", 5) is Code.NO_APPROVERS
    settings.approvers_file.write_text("{")
    assert code_of(read_approvers, settings) is Code.APPROVERS_INVALID


def test_local_approvers_are_made_once_and_say_what_they_are(tmp_path: Path) -> None:
    """Two demonstration approvers where nobody is pinned; where somebody is, none, and nobody's keys are touched."""
    settings = Settings(home=tmp_path)
    assert not has_local_keys(settings)
    assert pin_local_approvers(settings)
    keys = [key.read_bytes() for key in local_keys(settings)]
    assert not pin_local_approvers(settings)
    assert [key.read_bytes() for key in local_keys(settings)] == keys
    found = read_approvers(settings).all
    assert [(each.demonstration, "demonstration" in each.name) for each in found] == [(True, True)] * 2
    assert has_local_keys(settings)
    own = Settings(home=tmp_path / "own")
    pin(own.approvers_file, [ANN, BOB])
    assert (pin_local_approvers(own), has_local_keys(own), read_approvers(own).all) == (False, False, (ANN, BOB))


def test_local_approvers_after_a_crash_between_keys_and_pinning(tmp_path: Path) -> None:
    """Keys that nobody pinned are made anew."""
    settings = Settings(home=tmp_path)
    pin_local_approvers(settings)
    settings.approvers_file.unlink()
    assert pin_local_approvers(settings)
    pinned = read_approvers(settings)
    assert [owner_of(read_key(key), pinned) for key in local_keys(settings)] == list(pinned.all)


def test_an_approval_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Beside its candidate, found by the candidate's name alone, with what was signed in it for people."""
    stem, approval = tmp_path / "change", sign(SAID, ANN, KEYS["Ann"], NOW_MS)
    file = approval_file(stem, "Ann O'Neil")
    assert file.name == "change.approval.ann-o-neil.json"
    write_approval(file, SAID, approval)
    (tmp_path / "changes.approval.bob.json").write_text("{}")
    assert find_approvals(stem) == [file]
    assert read_approval(file) == approval
    assert json.loads(file.read_bytes())["rule_set"] == SAID.rule_set


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"approval": 2}'])
def test_what_is_no_approval_is_refused(tmp_path: Path, content: bytes) -> None:
    """Another form, another version, no file."""
    file = tmp_path / "x.json"
    file.write_bytes(content)
    assert code_of(read_approval, file) is Code.APPROVAL_INVALID
    assert code_of(read_approval, tmp_path / "none") is Code.APPROVAL_INVALID
    write_approval(file, SAID, sign(SAID, ANN, KEYS["Ann"], NOW_MS))
    file.write_text(file.read_text().replace('"signature": "', '"signature": "*'))
    assert code_of(read_approval, file) is Code.APPROVAL_INVALID


IN_FORCE = parts_of([agreement(), agreement("bureau")], [prohibition()]) | {"emergency.yaml": b"x"}


def test_a_whole_folder_is_the_set(tmp_path: Path) -> None:
    """What was saved is what is read; what is deleted from it is gone from the set."""
    write_candidate(tmp_path / "set", IN_FORCE)
    assert read_candidate(tmp_path / "set", {}) == IN_FORCE
    (tmp_path / "set" / "agreements" / "1.yaml").unlink()
    assert read_candidate(tmp_path / "set", IN_FORCE).keys() == IN_FORCE.keys() - {"agreements/1.yaml"}
    assert code_of(write_candidate, tmp_path / "set", IN_FORCE) is Code.AGREEMENT_INVALID


def test_less_than_a_whole_is_laid_over_the_set_in_force(tmp_path: Path) -> None:
    """A rule replaces the one of its id, whatever the files are called; a new one is added; nothing is taken away."""
    new = parts_of([agreement(retention_days=7), agreement("squad")], [prohibition(latch=True)])
    single = tmp_path / "council-new.yaml"
    single.write_bytes(new["agreements/0.yaml"])
    assert read_candidate(single, IN_FORCE) == {**IN_FORCE, "agreements/0.yaml": new["agreements/0.yaml"]}
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "a.yaml").write_bytes(new["agreements/1.yaml"])
    (folder / "b.yaml").write_bytes(new["prohibitions/0.yaml"])
    (folder / "acceptances.csv").write_bytes(b"x")
    (folder / "emergency.yaml").write_bytes(b"id: emergency\n")
    laid = {"agreements/squad.yaml": new["agreements/1.yaml"], "prohibitions/0.yaml": new["prohibitions/0.yaml"]}
    assert read_candidate(folder, IN_FORCE) == {
        **IN_FORCE,
        **laid,
        "acceptances.csv": b"x",
        "emergency.yaml": b"id: emergency\n",
    }


def test_a_folder_without_its_prohibitions_takes_none_away(tmp_path: Path) -> None:
    """A copy that was half made is laid over, and is no set without national rules."""
    write_candidate(tmp_path / "set", {name: content for name, content in IN_FORCE.items() if "prohibition" not in name})
    assert read_candidate(tmp_path / "set", IN_FORCE) == IN_FORCE


@pytest.mark.parametrize("name", ["notes.txt", "agreements/x.yml", "agreements/deep/x.yaml", "rules/x.yaml", "acceptances.CSV"])
def test_a_file_that_is_no_part_is_named(tmp_path: Path, name: str) -> None:
    """It would be missed by nobody if it were passed over."""
    write_candidate(tmp_path / "set", IN_FORCE)
    file = tmp_path / "set" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"id: x\n")
    with pytest.raises(Misconfigured) as caught:
        read_candidate(tmp_path / "set", IN_FORCE)
    assert Path(name).name in caught.value.field
    assert code_of(read_candidate, file, IN_FORCE) is Code.AGREEMENT_INVALID


def test_no_part_is_written_outside_of_the_folder(tmp_path: Path) -> None:
    """A name that leads out of it, from a set that somebody else has made."""
    assert code_of(write_candidate, tmp_path / "set", {"../x.yaml": b"x"}) is Code.AGREEMENT_INVALID
    assert not (tmp_path / "x.yaml").exists()
