from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_hub import Hub, make_hub

from consumers.callbacks import Callbacks
from consumers.connect import connect, list_feeds
from schemas.codes import Code
from schemas.errors import Misconfigured


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 3) as made:
        yield made


def test_another_agencys_feed_is_refused_by_name(hub: Hub) -> None:
    """Reading another agency's feed ends at once with PD-421 and the feed's name; it is not even listed."""
    theirs = hub.topics.feed(hub.other, "theirs")
    with pytest.raises(Misconfigured) as refused:
        hub.read(theirs, hub.group(), Callbacks(on_delivery=print))
    assert (refused.value.code, refused.value.field) == (Code.NOT_AUTHORISED, theirs)
    assert theirs not in list_feeds(hub.credential, hub.topics.prefix)
    assert len(list_feeds(hub.credential, hub.topics.feeds_of(hub.agency))) == 3


def test_another_agencys_group_is_refused(hub: Hub) -> None:
    """A group that is not the agency's ends at once with PD-421."""
    with pytest.raises(Misconfigured, match="PD-421 at consumer group"):
        hub.read(hub.new_feed(), hub.topics.group(f"agency.{hub.other}.x"), Callbacks(on_delivery=print))


def test_a_wrong_password_is_called_that(hub: Hub) -> None:
    """A refused login is PD-421 at the login, not a transport error; neither text holds the password."""
    credential = hub.credential | {"sasl.password": "wrong-password"}
    with (
        pytest.raises(Misconfigured) as refused,
        connect(
            credential,
            hub.registry_url,
            group=hub.group(),
            feeds=[hub.new_feed()],
            state_folder=hub.state,
            callbacks=Callbacks(on_delivery=print),
        ),
    ):
        pass
    assert (refused.value.code, refused.value.field) == (Code.NOT_AUTHORISED, "login")
    assert "wrong-password" not in str(refused.value)


def test_a_feed_that_is_not_there_is_said(hub: Hub) -> None:
    """A feed of the agency's own form that was never made is refused too, and waiting does not begin."""
    with pytest.raises(Misconfigured, match="PD-421"):
        hub.read(hub.topics.feed(hub.agency, "nowhere"), hub.group(), Callbacks(on_delivery=print))
