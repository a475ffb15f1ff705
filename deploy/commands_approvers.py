"""`pointduty approvers`: who may approve rule sets.

Exit codes: 0 done; 1 not confirmed; 2 wrong usage; 3 a key or the list is wrong (the code says which); 4 not ready.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands_agreements_approve import AsJson, PassphraseFile, Yes, confirm, read_passphrase

if TYPE_CHECKING:
    from stream_processors.approvers import Approver

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name, as it will stand under rule sets.")]
_Organisation = Annotated[str, typer.Option("--organisation", help="Whose person this is. Not one that receives.")]
_Powers = Annotated[
    list[str] | None,
    typer.Option("--power", help="approve (default), emergency, review; may be repeated."),
]
_KeyFile = Annotated[Path | None, typer.Option("--key", help="Where the private key goes. Default: NAME.key.pem here.")]
_AskPassphrase = Annotated[bool, typer.Option("--passphrase", help="Lock the key with a passphrase; asks for it.")]
_Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="What `approvers new` wrote for pinning.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    approvers = typer.Typer(help="Who may approve rule sets: keys, and the list that is pinned here.", no_args_is_help=True)
    approvers.command("new")(new_command)
    approvers.command("pin")(pin_command)
    approvers.command("list")(list_command)
    approvers.command("retire")(retire_command)
    app.add_typer(approvers, name="approvers")


def new_command(
    name: _Name,
    *,
    organisation: _Organisation,
    power: _Powers = None,
    key: _KeyFile = None,
    passphrase: _AskPassphrase = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Make your key pair, on your own machine. The private key stays with you; the other file is for whoever runs the hub."""
    import re

    from deploy.approver_keys import new_approver
    from deploy.output import note, print_json
    from stream_processors.approvers import parse_approver, write_approver

    given = {"name": name, "organisation": organisation, "powers": power or ["approve"]}
    parse_approver(given | {"public_key": "A" * 43 + "="}, "approver")  # the words first: a key is made for what can be pinned
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "approver"
    file = key or Path(f"{slug}.key.pem")
    made = new_approver(given, file, read_passphrase(passphrase_file, asks=passphrase, twice=True))
    public = file.with_name(f"{slug}.approver.json")
    public.write_bytes(write_approver(made))
    if as_json:
        print_json({"private_key": str(file), "to_be_pinned": str(public), **_row(made)})
    else:
        note(f"private key, for you alone: {file}")
        note(f"to be pinned by whoever runs the hub: {public}")
        note(f"public key, to be compared by another way than the file's: {made.public_key}")


def pin_command(files: _Files, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Pin approvers here. Two of them can put any rule set in force: compare each key with its person first.

    Each process reads its own list when it starts: on another machine pin there too.
    """
    import json

    from deploy.approvers_file import pin
    from deploy.output import print_json
    from deploy.settings import load_settings
    from schemas.codes import Code
    from schemas.errors import Misconfigured
    from stream_processors.approvers import parse_approver

    settings = load_settings()
    try:
        new = [parse_approver(json.loads(file.read_bytes()), file.name) for file in files]
    except (OSError, ValueError):
        raise Misconfigured(Code.APPROVERS_INVALID, ", ".join(file.name for file in files), "can't be read") from None
    if not as_json:
        _show("To be pinned", new)
    confirm(f"Give these {len(new)} the power to approve?", yes)
    pin(settings.approvers_file, new)
    if as_json:
        print_json([_row(each) for each in new])


def list_command(*, as_json: AsJson = False) -> None:
    """List who is pinned here."""
    from deploy.approvers_file import read_pinned
    from deploy.output import print_json
    from deploy.settings import load_settings

    found = read_pinned(load_settings().approvers_file).all
    if as_json:
        print_json([_row(each) for each in found])
    else:
        _show("Pinned approvers", found)


def retire_command(name: _Name, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Let an approver's signature count for no rule set after the one in force. What stands stays approved."""
    from deploy.approvers_file import read_pinned, retire
    from deploy.output import note, print_json
    from deploy.provision_hub import open_desk
    from deploy.rule_sets import read_rule_sets
    from deploy.settings import load_settings

    settings = load_settings()
    with open_desk(settings) as desk:
        current = read_rule_sets(desk).current
    number = current.number if current else 0
    left = [each for each in read_pinned(settings.approvers_file).all if each.name != name and each.may("approve")]
    if len(left) < 2:
        note(f"{len(left)} approvers of rule sets would be left: nothing new could be published until more are pinned")
    confirm(f"Retire {name} after rule set {number}?", yes)
    retire(settings.approvers_file, name, number)
    if as_json:
        print_json({"name": name, "until_number": number})


def _row(approver: "Approver") -> dict[str, object]:
    return {
        "name": approver.name,
        "organisation": approver.organisation,
        "powers": list(approver.powers),
        "public_key": approver.public_key,
        "until_number": approver.until_number,
        "demonstration": approver.demonstration,
    }


def _show(title: str, approvers: "list[Approver] | tuple[Approver, ...]") -> None:
    from deploy.output import print_table

    columns = ("name", "organisation", "powers", "public key", "counts until rule set", "demonstration")
    rows = [
        (a.name, a.organisation, " ".join(a.powers), a.public_key, "" if a.until_number is None else a.until_number,
         "yes" if a.demonstration else "")
        for a in approvers
    ]  # fmt: skip
    print_table(title, columns, rows)
