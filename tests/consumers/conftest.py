from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from agency_database import KINDS, new_database, postgres_url


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL."""
    with postgres_url(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A database of each kind. Tests on PostgreSQL are left out, and say so, where there is none."""
    server = request.getfixturevalue("database_server") if request.param == "postgresql" else None
    with new_database(request.param, tmp_path_factory.mktemp("database"), server) as made:
        yield made
