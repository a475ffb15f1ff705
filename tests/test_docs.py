"""What the documents say exists: commands, links into the code, codes, settings, metrics, names, snippets."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import typer
from documents import README, ROOT, code_blocks, identifiers
from prometheus_client import CollectorRegistry

from consumers.tally import Tally, TallyCollector
from deploy.acknowledge_jobs import AcknowledgeJobs
from deploy.broker_settings import BrokerSettings
from deploy.cli import app
from deploy.settings import Settings
from deploy.watch_metrics import WatchMetrics
from schemas.codes import Code
from stream_processors.metrics import AcknowledgeMetrics, DisseminateMetrics, PumpMetrics, StandardiseMetrics

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")

LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
IDENTIFIER = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)`")


def _text(name: str) -> str:
    return (ROOT / name).read_text()


def _command_lines() -> list[list[str]]:
    """Every `pointduty ...` that a document prints, as words, without what follows a pipe, a comment or an ampersand."""
    found = []
    for name in DOCUMENTS:
        text = _text(name)
        spans = re.findall(r"`(pointduty [^`]*)`", text)
        blocks = [block.replace("\\\n", " ") for block in code_blocks(text, "")]  # a command may go on in the next line
        lines = [line for block in blocks for line in re.findall(r"(?m)^(?:\$ )?(pointduty .*)$", block)]
        found += [shlex.split(re.split(r" [|&#]|&$", line)[0].replace("\\|", "|")) for line in spans + lines]
    return found


def _check_command(words: list[str]) -> None:
    """Raises AssertionError where the command does not exist with these options."""
    command, rest = typer.main.get_command(app), words[1:]
    while commands := vars(command).get("commands"):  # a command of commands has its name in front of theirs
        name, *rest = rest
        assert name in commands, name
        command = commands[name]
    options = {flag for parameter in command.params for flag in parameter.opts}
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert given <= options | {"--help"}, (name, given - options)


@cache
def _names_in(file: Path) -> frozenset[str]:
    """Functions, classes and constants of a module, and `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.AnnAssign | ast.Assign):
            names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return frozenset(names)


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _check_link(words: str, target: str, document: str) -> None:
    """Raises AssertionError where a link goes nowhere, or its name is not defined in the module that it goes to."""
    path, _, anchor = target.partition("#")
    file = ROOT / (path or document)
    assert file.exists(), target
    if anchor:
        assert anchor in _anchors(file.read_text()), target
    name = IDENTIFIER.fullmatch(words)
    if name and file.suffix == ".py" and not words.strip("`").endswith(".py"):
        assert name[1] in _names_in(file), (words, target)


def test_every_command_in_the_documents_exists() -> None:
    """Commands and options are those of the command line."""
    lines = _command_lines()
    assert len(lines) > 20
    for words in lines:
        _check_command(words)


@pytest.mark.parametrize(
    "line", ["pointduty fly", "pointduty publish --force kent --no-such-option", "pointduty dead-letters fly --force kent"]
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    """The check above sees a wrong command and a wrong option."""
    with pytest.raises(AssertionError):
        _check_command(line.split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_resolves(document: str) -> None:
    """Each link goes to a file of the project, and where it names a function, that function is defined there."""
    for words, target in LINK.findall(_text(document)):
        _check_link(words, target, document)


@pytest.mark.parametrize(
    ("words", "target"), [("x", "no-such-file.py"), ("`no_such`", "schemas/identity.py"), ("x", "#no-such-title")]
)
def test_a_link_that_goes_nowhere_is_found(words: str, target: str) -> None:
    """The check above sees a missing file, a missing function and a missing title."""
    with pytest.raises(AssertionError):
        _check_link(words, target, "README.md")


def test_the_walk_has_links_into_every_folder() -> None:
    """The way of one event passes through all folders."""
    walk = _text("README.md").partition("## The way of one event")[2].partition("\n## ")[0]
    folders = {target.partition("/")[0] for _, target in LINK.findall(walk)}
    assert folders >= {"schemas", "producers", "stream_processors", "consumers", "deploy"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_code_named_exists(document: str) -> None:
    """PD-nnn in a document is a stable code."""
    assert set(re.findall(r"PD-\d{3}", _text(document))) <= {str(code) for code in Code}


def test_the_settings_table_is_complete() -> None:
    """Each setting stands in the README, and each variable in the README is a setting."""
    fields = {*Settings.model_fields, *BrokerSettings.model_fields, "debug"}
    said = set(re.findall(r"POINTDUTY_([A-Z_]+)", _text("README.md")))
    assert said == {name.upper() for name in fields}


def test_every_metric_stands_in_the_readme() -> None:
    """Each metric of each process, and no other."""
    registry = CollectorRegistry()
    PumpMetrics(registry, "standardise")
    StandardiseMetrics(registry)
    DisseminateMetrics(registry)
    registry.register(TallyCollector(Tally()))
    AcknowledgeMetrics(registry)
    AcknowledgeJobs(Settings(), "", registry)
    WatchMetrics(registry)
    served = {f"{family.name}_total" if family.type == "counter" else family.name for family in registry.collect()}
    table = _text("README.md").partition("### What a process says")[2].partition("\n### ")[0]
    assert set(re.findall(r"`(pointduty_\w+)`", table)) == served


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_snippet_compiles(document: str) -> None:
    """What a reader copies is Python."""
    for block in code_blocks(_text(document), "python"):
        compile(block, document, "exec")


def _words_never_used() -> set[str]:
    glossary = README.partition("## Names")[2].partition("\n## ")[0]
    return set(re.findall(r"\*\*(\w+)\*\*", glossary))


def test_no_identifier_has_a_word_to_avoid() -> None:
    """Words that the glossary prints in bold are no part of any name that this project gives."""
    never = _words_never_used()
    assert len(never) > 10
    for folder in ("schemas", "producers", "stream_processors", "consumers", "deploy"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for name, words in identifiers(file.read_text()):
                assert not words & never, f"{file.relative_to(ROOT)}: {name}"


def test_a_word_to_avoid_is_found() -> None:
    """The check above sees it in functions, classes, arguments and variables, in both spellings."""
    source = "def scrub_name(tenantId): ...\nclass PoisonQueue: ...\npush = 1\n"
    assert {word for _, words in identifiers(source) for word in words} >= {"scrub", "tenant", "poison", "queue", "push"}
