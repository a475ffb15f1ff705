"""The settings of one hub: environment variables POINTDUTY_<NAME>, then `pointduty.toml` in the current folder.

What concerns the broker alone is in `broker_settings`.
"""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from deploy.access_rules import Resource, is_of_hub
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.topics import Topics

FILE_NAME = "pointduty.toml"

EMBEDDED_LANES = 12
"""Enough for three processes on one machine with room to add some; a nation's cluster takes 96."""

MAX_LANES = 1024
"""A transaction costs what the partitions it touches cost: beyond this a batch touches too many."""


class Settings(BaseSettings):
    """What a person may set. An unknown key in the file is refused, because a mistyped one would be silently unused."""

    model_config = SettingsConfigDict(env_prefix="POINTDUTY_", toml_file=FILE_NAME, extra="forbid", frozen=True)

    home: Path = Path(".pointduty")
    """Folder for everything that a run writes: cluster.json, secrets, outboxes, broker data."""
    topic_prefix: str = ""
    """Empty, or a word and a dot: puts a second hub beside the first on one cluster."""
    lanes: int = Field(default=EMBEDDED_LANES, ge=1, le=MAX_LANES)
    """Partitions of `standard` and `holders`. Fixed at the first provisioning: growing re-homes records."""

    heartbeat_seconds: float = Field(default=60, ge=0, le=86_400)
    """A feed that was sent nothing for so long gets a heartbeat in each lane; 0: never."""

    dialects: Path | None = None
    """Folder of further dialects (`*.yaml`), for a force's files and for the hub: a system of ours replaces the shipped one."""
    approvers: Path | None = None
    """File of the pinned approvers; None: `approvers.json` in the home folder. Each process reads its own."""

    trim_after_hours: float = Field(default=24, ge=0)
    """How long a feed keeps what its agency has acknowledged. What it has not, stays for the topic's 7 days."""
    sign_daily: bool = True
    """Whether the process of acknowledge signs the manifests of each day that is over."""

    @property
    def approvers_file(self) -> Path:
        """Where this process's pinned approvers are."""
        return self.approvers or self.home / "approvers.json"

    @field_validator("topic_prefix")
    @classmethod
    def _check_prefix(cls, prefix: str) -> str:
        Topics(prefix)
        if is_of_hub(Topics(), Resource.TOPIC, f"{prefix}x") or is_of_hub(Topics(), Resource.GROUP, f"{prefix}x"):
            raise ValueError("a prefix that is the head of a hub's names would put one hub's topics among another's")
        return prefix

    @property
    def topics(self) -> Topics:
        """The topic names of this hub."""
        return Topics(self.topic_prefix)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the caller passes all by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the file; no dotenv and no secrets folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings() -> Settings:
    """The settings of this process. Raises Misconfigured (PD-416) that names the keys, never a value."""
    try:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Misconfigured(Code.BAD_SETTING, FILE_NAME, "not TOML") from None
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
        raise Misconfigured(Code.BAD_SETTING, ", ".join(fields)) from None
