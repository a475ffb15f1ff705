"""`pointduty agreements`: what may be shared with whom. Each command has a module of its own."""

import typer

from deploy import (
    commands_agreements_approve,
    commands_agreements_check,
    commands_agreements_export,
    commands_agreements_leaks,
    commands_agreements_publish,
    commands_agreements_rehearse,
    commands_agreements_show,
    commands_agreements_validate,
    commands_agreements_who,
    commands_expiries,
)


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    agreements = typer.Typer(help="What may be shared with whom: see, approve, publish, roll back.", no_args_is_help=True)
    for commands in (
        commands_agreements_validate,
        commands_agreements_show,
        commands_agreements_check,
        commands_agreements_who,
        commands_agreements_rehearse,
        commands_agreements_export,
        commands_agreements_leaks,
        commands_agreements_approve,
        commands_agreements_publish,
        commands_expiries,
    ):
        commands.register(agreements)
    app.add_typer(agreements, name="agreements")
