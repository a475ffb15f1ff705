"""`pointduty agreements approve`: one approver's signature under a change of the rule set.

Exit codes: 0 signed; 1 refused (the code says why), or not confirmed; 2 wrong usage; 3 key or set-up; 4 not ready.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from deploy.rule_change import Source
    from stream_processors.proposals import Proposal

Candidate = Annotated[
    Path | None, typer.Argument(metavar="CANDIDATE", help="Folder with a whole set, or files to lay over the set in force.")
]
Shipped = Annotated[bool, typer.Option("--shipped", help="The set that this version ships, in place of a candidate.")]
Rollback = Annotated[int | None, typer.Option("--rollback", metavar="NUMBER", help="Back to the set that had this number.")]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report", help="Rehearsal report. Default: CANDIDATE.report.json; none for a first set, or a narrower rollback."
    ),
]
KeyFile = Annotated[Path, typer.Option("--key", help="Your private key (PEM).")]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the key's passphrase. Default: asks.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Out = Annotated[Path | None, typer.Option("--out", help="Where the approval goes. Default: beside the candidate.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("approve")(approve_command)


def approve_command(
    candidate: Candidate = None,
    *,
    key: KeyFile,
    shipped: Shipped = False,
    rollback: Rollback = None,
    report: ReportFile = None,
    passphrase_file: PassphraseFile = None,
    out: _Out = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Sign a change of the rule set: this set, this report, this rendering, this number, and nothing else.

    Read first what you sign: `pointduty agreements show`. A candidate that is changed by a byte needs new approvals.
    """
    from deploy.approver_keys import owner_of
    from deploy.output import note, print_json
    from deploy.provision_hub import open_desk
    from deploy.rule_change import approve, keep, prepare
    from deploy.settings import load_settings

    source = source_of(candidate, shipped=shipped, rollback=rollback)
    private = read_private(key, passphrase_file)
    with open_desk(load_settings()) as desk:
        known, proposal = prepare(desk, source, report)
        who = owner_of(private, desk.approvers)
        told = tell(proposal) | {"approver": who.name, "organisation": who.organisation}
        if not as_json:
            show(told, "about to be signed")
        read = proposal.statement.rendering_sha256[:12]
        confirm(f"Have you read the rendering {read}… and the report, and do you approve?", yes)
        file = keep(source, proposal, approve(desk, known, proposal, private), out)
    told["approval"] = str(file)
    if as_json:
        print_json(told)
    else:
        note(f"signed: {file}")


def source_of(candidate: Path | None, *, shipped: bool = False, rollback: int | None = None) -> "Source":
    """Exactly one of the three."""
    from deploy.rule_change import Source

    if [candidate is not None, shipped, rollback is not None].count(True) != 1:
        raise typer.BadParameter("one of: a candidate, --shipped, --rollback NUMBER")
    return Source(candidate, shipped, rollback)


def read_private(key: Path, passphrase_file: Path | None) -> "Ed25519PrivateKey":
    """The private key; asks for its passphrase where it has one and no file was given. Raises Misconfigured(APPROVER_KEY)."""
    from deploy.approver_keys import needs_passphrase, read_key

    return read_key(key, read_passphrase(passphrase_file, asks=needs_passphrase(key)))


def read_passphrase(file: Path | None, *, asks: bool, twice: bool = False) -> bytes | None:
    """From the file's first line, or asked for. Raises Misconfigured(APPROVER_KEY) where the file can't be read."""
    from schemas.codes import Code
    from schemas.errors import Misconfigured

    if file is not None:
        try:
            return file.read_bytes().splitlines()[0]
        except (OSError, IndexError):
            raise Misconfigured(Code.APPROVER_KEY, file.name, "no passphrase in it") from None
    return typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True).encode() if asks else None


def confirm(question: str, yes: bool) -> None:
    """Ask, unless told not to. Ends with exit code 1 where the answer is no, or where nobody can answer."""
    if yes:
        return
    sys.stderr.write(f"{question} [y/N] ")  # standard output is what a program reads
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise typer.Exit(1)


def tell(proposal: "Proposal") -> "dict[str, object]":
    """What is to be approved, for people and programs."""
    from dataclasses import asdict

    said = asdict(proposal.statement)
    return {**said, "shares_more": list(proposal.wider), "approvals_needed": proposal.needed}


def show(told: "dict[str, object]", title: str) -> None:
    """The same as a table."""
    from deploy.output import print_table

    rows = [(name.replace("_", " "), _words(value)) for name, value in told.items()]
    print_table(title, ("what", "value"), rows)


def _words(value: object) -> object:
    return ("; ".join(map(str, value)) or "nothing: it only takes away") if isinstance(value, list) else value
