"""`pointduty provision`. Exit codes: 0 done, or nothing to do; 1 changes are pending (--plan), or a person must look at
a permission; 2 wrong usage; 3 set-up is wrong; 4 broker or registry away."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.provision_plan import Plan

_OnlyPlan = Annotated[bool, typer.Option("--plan", help="Show what would be changed, and change nothing.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("provision")(provision_command)


def provision_command(*, only_plan: _OnlyPlan = False, as_json: _AsJson = False) -> None:
    """Create topics, users, permissions, schemas and the rule set. Again: changes nothing. Deletes no data, ever."""
    from deploy.provision_hub import plan_hub, provision_hub
    from deploy.settings import load_settings

    settings = load_settings()
    if only_plan:
        plan = plan_hub(settings)
        _show(plan, {}, as_json, "to change")
    else:
        done = provision_hub(settings, _tell)
        plan = done.plan
        more: dict[str, object] = {
            "new_master_key": done.is_new_key,
            "new_demonstration_approvers": done.new_approvers,
            "published_rule_set": done.published_rule_set,
            "rule_set": done.rule_set,
        }
        _show(plan, more, as_json, "changed")
        if done.rule_set is None:
            from deploy.output import note

            note("no rule set is in force, so nothing is released: pointduty agreements approve --shipped, then publish")
    if plan.broad_acls or (only_plan and plan.changes):
        raise typer.Exit(1)


def _tell(what: str, count: int) -> None:
    from deploy.output import note

    if count and sys.stderr.isatty():
        note(f"{count:>6,} {what}")


def _show(plan: "Plan", more: dict[str, object], as_json: bool, title: str) -> None:
    from deploy.output import note, print_json, print_table
    from deploy.provision_report import count_changes, list_changes, list_warnings

    warnings = list_warnings(plan)
    if as_json:
        changes = [change._asdict() for change in list_changes(plan)]
        print_json({"changes": plan.changes, **more, "warnings": warnings, "list": changes})
        return
    if plan.changes:
        print_table(title, ("what", "how many", "the first"), count_changes(plan))
    else:
        note("nothing to change")
    for name, value in more.items():
        if value:
            note(f"{name.replace('_', ' ')}: {value}")
    for warning in warnings:
        note(f"look at this: {warning}")
