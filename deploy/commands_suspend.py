"""`pointduty suspend`, `resume` and `suspensions`. Exit codes: 0 done; 1 no such agency, feed or force, or the answer was no;
2 wrong usage; 3 set-up is wrong; 4 broker or registry away: run it again, it goes on where it was."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from deploy.feed_denials import Feed

    pass

_Who = Annotated[str | None, typer.Argument(metavar="AGENCY|AGENCY.FEED", help="An agency with all its feeds, or one feed.")]
_Force = Annotated[str | None, typer.Option("--force", help="A force: its part of every agreement.")]
_Reason = Annotated[str, typer.Option("--reason", help="Why, in words. It stands on control; name no person of a record.")]
_By = Annotated[str | None, typer.Option("--by", help="Who says so. Default: your name on this machine.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("suspend")(suspend_command)
    app.command("resume")(resume_command)
    app.command("suspensions")(suspensions_command)


def suspend_command(
    who: _Who = None, *, force: _Force = None, reason: _Reason, by: _By = None, as_json: _AsJson = False
) -> None:
    """Stop an agency, one feed, or a force's part of every agreement, within a second. Again: does what is left of it.

    The feed is closed first, then nothing more is decided for it, then what is undelivered is deleted. Withdrawals go on.
    """
    _run("suspend", _subject(who, force), reason, by, as_json)


def resume_command(
    who: _Who = None, *, force: _Force = None, reason: _Reason, by: _By = None, yes: _Yes = False, as_json: _AsJson = False
) -> None:
    """Let it go on. What was cut, and what came meanwhile, is decided again under today's rules, and disclosed."""
    from deploy.output import is_wanted

    subject = _subject(who, force)
    if not yes and not is_wanted(f"{subject}: decide again and disclose what today's rules permit?"):
        raise typer.Exit(1)
    _run("resume", subject, reason, by, as_json)


def suspensions_command(
    *,
    every: Annotated[bool, typer.Option("--all", help="Resumed ones too.")] = False,
    as_json: _AsJson = False,
) -> None:
    """List what stands suspended, since when, by whom and why."""
    from deploy.control_desk import control_desk
    from deploy.output import note, print_json, print_table
    from deploy.settings import load_settings

    with control_desk(load_settings()) as desk:
        suspensions = desk.read().suspensions
    words = [word for name, word in sorted(suspensions.said.items()) if every or name in suspensions.standing]
    rows = [{name: word[name] for name in ("subject", "state", "by", "reason")} | _more(word) for word in words]
    if as_json:
        print_json(rows)
    elif rows:
        print_table("Suspensions", tuple(rows[0]), [list(row.values()) for row in rows])
    else:
        note("nothing is suspended")


def _more(word: dict[str, Any]) -> dict[str, object]:
    return {"at": word["at"].isoformat(), "cut": sum(cut["last"] - cut["first"] + 1 for cut in word["cut"])}


def _subject(who: str | None, force: str | None) -> str:
    if (who is None) == (force is None):
        raise typer.BadParameter("name an agency, one of its feeds, or --force")
    if who is None:
        return f"force/{force}"
    return f"feed/{who}" if "." in who else f"agency/{who}"


class _Steps:
    """The steps of one command, told as they are done."""

    def __init__(self, as_json: bool) -> None:
        self._started, self._as_json = time.monotonic(), as_json
        self.done: list[dict[str, object]] = []

    def tell(self, step: str, count: int) -> None:
        seconds = time.monotonic() - self._started
        self.done.append({"step": step, "count": count, "seconds": round(seconds, 3)})
        if not self._as_json:
            sys.stderr.write(f"{seconds:>8.3f} s  {step}: {count}\n")


def _run(verb: str, subject: str, reason: str, by: str | None, as_json: bool) -> None:
    from deploy.settings import load_settings

    steps, settings = _Steps(as_json), load_settings()
    feeds: list[Feed] = []
    if verb == "suspend":  # before anything is imported that it can do without: half a second of disclosure
        from deploy.clients import admin_client
        from deploy.feed_denials import deny_feeds

        feeds = deny_feeds(admin_client(settings.home), settings.topics, subject)
        steps.tell("feeds denied to their agency", len(feeds))
    import getpass

    from deploy.control_desk import control_desk
    from deploy.output import print_json, print_table
    from deploy.suspension import Word, put_in_force, resume

    word = Word(by or getpass.getuser(), reason, int(time.time() * 1000))
    with control_desk(settings) as desk:
        if verb == "suspend":
            put_in_force(desk, subject, feeds, word, steps.tell)
        else:
            resume(desk, subject, word, steps.tell)
    if as_json:
        print_json({"subject": subject, "state": "SUSPENDED" if verb == "suspend" else "RESUMED", "steps": steps.done})
    else:
        print_table(f"{verb}: {subject}", ("step", "count", "seconds"), [list(step.values()) for step in steps.done])
