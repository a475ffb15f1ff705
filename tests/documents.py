"""Read the project's documents and sources, for the tests of both."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


def runnable_snippets() -> dict[str, str]:
    """The snippets of the README that are marked as run by a test, by name."""
    return dict(re.findall(r"(?ms)^<!-- runs: (\S+) -->\n```python\n(.*?)^```$", README))


def tracked_files() -> list[Path]:
    """Every file that git tracks, or would: what a clone gets."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return [file for name in listed.split(b"\0") if name and (file := ROOT / name.decode()).is_file()]


def identifiers(source: str) -> Iterator[tuple[str, set[str]]]:
    """Every name that a module gives (functions, classes, arguments, variables), and the words that it is made of."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name, _words(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, _words(name)


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])", name)}
