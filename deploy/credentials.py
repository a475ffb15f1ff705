"""Kafka credentials as files: `<home>/secrets/<username>.properties`, mode 0600, in librdkafka's `key=value` form.

`kcat -F FILE` reads them as they are, and so do our own clients.
"""

from pathlib import Path

from deploy.cluster import Cluster, write_private
from schemas.codes import Code
from schemas.errors import Misconfigured


def credential_file(home: Path, username: str) -> Path:
    """Where the credential of `username` is kept."""
    return home / "secrets" / f"{username}.properties"


def write_credential(home: Path, cluster: Cluster, username: str, password: str) -> None:
    """Write the file with which `username` reaches `cluster`, whole or not at all."""
    write_properties(
        home,
        username,
        {
            "bootstrap.servers": cluster.bootstrap,
            "security.protocol": cluster.security_protocol,
            "sasl.mechanism": cluster.sasl_mechanism,
            "sasl.username": username,
            "sasl.password": password,
        },
    )


def read_credential(home: Path, username: str) -> dict[str, str]:
    """The librdkafka configuration of `username`. Raises Misconfigured (PD-420) if there is none."""
    try:
        return read_properties(credential_file(home, username))
    except FileNotFoundError:
        raise Misconfigured(Code.NO_SECRET, f"secrets/{username}.properties") from None


def readdress_credentials(home: Path, bootstrap: str) -> None:
    """Write `bootstrap` into every credential of `home` that names another address: the broker has moved."""
    for file in sorted((home / "secrets").glob("*.properties")):
        properties = read_properties(file)
        if properties.get("bootstrap.servers") != bootstrap:
            write_properties(home, file.stem, {**properties, "bootstrap.servers": bootstrap})


def read_properties(file: Path) -> dict[str, str]:
    """The `key=value` lines of `file`; blank lines and lines that start with # are left out."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def write_properties(home: Path, username: str, properties: dict[str, str]) -> None:
    """Write `properties` as the credential of `username`, whole or not at all."""
    write_private(credential_file(home, username), "".join(f"{key}={value}\n" for key, value in properties.items()))
