"""For every test: properties are not timed, because machines differ. Where two processes share the run, each file is one's."""

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a fixture runs in one process: all tests of the run's one broker, and else all tests of a file."""
    for item in items:
        shares_broker = "cluster_home" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("broker" if shares_broker else str(item.path)))
