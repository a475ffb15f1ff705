"""The user's own cluster: nothing is started, everything is checked."""

from pathlib import Path

from deploy.broker_kafka import kafka_answers
from deploy.broker_registry import registry_answers
from deploy.broker_settings import BrokerSettings
from deploy.cluster import Cluster, save_cluster
from deploy.credentials import read_properties, write_properties
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady


def use_external(home: Path, settings: BrokerSettings) -> Cluster:
    """Write down the cluster that `settings` name, once its broker and registry have answered.

    Raises Misconfigured (PD-416) if a setting is missing, NotReady (PD-415, PD-414) if one does not answer.
    """
    bootstrap, url, file = settings.bootstrap, settings.registry_url, settings.admin_properties
    if not bootstrap or not url or not file:
        missing = "POINTDUTY_ADMIN_PROPERTIES" if url else "POINTDUTY_REGISTRY_URL"
        raise Misconfigured(Code.BAD_SETTING, missing, "needed with POINTDUTY_BOOTSTRAP")
    try:
        properties = read_properties(file)
    except OSError as error:
        raise Misconfigured(Code.BAD_SETTING, "POINTDUTY_ADMIN_PROPERTIES", type(error).__name__) from None
    properties["bootstrap.servers"] = bootstrap
    cluster = Cluster(
        kind="external",
        bootstrap=bootstrap,
        registry_url=url.rstrip("/"),
        security_protocol=properties.get("security.protocol", "PLAINTEXT").upper(),
        sasl_mechanism=properties.get("sasl.mechanism", properties.get("sasl.mechanisms", "")),
        admin_username=properties.get("sasl.username", "admin"),
    )
    if not kafka_answers(properties):
        raise NotReady(Code.BROKER_AWAY, "POINTDUTY_BOOTSTRAP")
    if not registry_answers(cluster.registry_url):
        raise NotReady(Code.REGISTRY_AWAY, "POINTDUTY_REGISTRY_URL")
    write_properties(home, cluster.admin_username, properties)
    save_cluster(home, cluster)
    return cluster
