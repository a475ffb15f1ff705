"""Where the cluster comes from: environment variables POINTDUTY_<NAME>."""

from pathlib import Path

from platformdirs import user_cache_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.codes import Code
from schemas.errors import Misconfigured


class BrokerSettings(BaseSettings):
    """What a person may set about the broker and the registry."""

    model_config = SettingsConfigDict(env_prefix="POINTDUTY_", extra="forbid", frozen=True)

    bootstrap: str = ""
    """`host:port` of your own Kafka (several with commas). Set: nothing is started."""
    registry_url: str = ""
    """Base of your own registry's Confluent-compatible API. Needed with `bootstrap`."""
    admin_properties: Path | None = None
    """File in librdkafka's form of a user who may create topics, users and ACLs there. Needed with `bootstrap`."""
    cache: Path = Field(default_factory=lambda: user_cache_path("pointduty"))
    """Folder for fetched artifacts: 370 MB, shared by all home folders of this user."""
    maven_repository: str = ""
    """URL of a Maven repository (a mirror of yours) to fetch them from. Empty: the public one."""
    kafka_image: str = "apache/kafka:4.3.1"
    """For `--broker docker`: an image with Java on its path and Kafka's jars in /opt/kafka/libs."""
    registry_image: str = "apicurio/apicurio-registry:3.3.3"
    """For `--broker docker`: an image with Java on its path and the registry in /deployments."""


def load_broker_settings() -> BrokerSettings:
    """The settings of this process. Raises Misconfigured (PD-416) that names the variables, never a value."""
    try:
        return BrokerSettings()
    except ValidationError as error:
        names = sorted({f"POINTDUTY_{str(detail['loc'][0]).upper()}" for detail in error.errors()})
        raise Misconfigured(Code.BAD_SETTING, ", ".join(names)) from None
