"""Settings: read from the environment and one file; a mistake is refused without its value."""

from pathlib import Path

import pytest

from deploy.settings import FILE_NAME, load_settings
from schemas.codes import Code
from schemas.errors import Misconfigured


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "TOPIC_PREFIX", "LANES"):
        monkeypatch.delenv(f"POINTDUTY_{name}", raising=False)


def test_defaults_need_no_file() -> None:
    """Without anything set, one hub with twelve lanes in a folder that git ignores."""
    settings = load_settings()
    assert (settings.home, settings.topic_prefix, settings.lanes) == (Path(".pointduty"), "", 12)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable overrides the same key of the file; other keys of the file count."""
    Path(FILE_NAME).write_text('lanes = 24\ntopic_prefix = "file."\n')
    monkeypatch.setenv("POINTDUTY_TOPIC_PREFIX", "env.")
    assert (load_settings().topics.prefix, load_settings().lanes) == ("env.", 24)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('lane = "secret-value"', "lane"),
        ('lanes = "secret-value"', "lanes"),
        ("lanes = 0", "lanes"),
        ('topic_prefix = "secret-value"', "topic_prefix"),
        ('topic_prefix = "feed."', "topic_prefix"),
        ('topic_prefix = "force."', "topic_prefix"),
        ("lanes = = secret-value", FILE_NAME),
    ],
)
def test_a_mistake_is_named_and_its_value_is_not(line: str, key: str) -> None:
    """Unknown keys, wrong values, broken files and prefixes that would mix two hubs are refused by name."""
    Path(FILE_NAME).write_text(line)
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    assert refused.value.code is Code.BAD_SETTING
    assert key in str(refused.value)
    assert "secret-value" not in str(refused.value)
