import pytest

from consumers.callbacks import Callbacks
from consumers.deliveries import Action, Delivery


def _ignore(_: Delivery) -> None:
    pass


def _other(_: Delivery) -> None:
    pass


def test_no_action_with_content_may_be_ignored() -> None:
    """Callbacks that would leave a share, an update or a withdrawal to nobody can't be made."""
    for missing in ("on_share", "on_update", "on_withdraw"):
        given = {name: _ignore for name in ("on_share", "on_update", "on_withdraw") if name != missing}
        with pytest.raises(ValueError, match="none may be ignored"):
            Callbacks(**given)  # type: ignore[arg-type]
    assert Callbacks(on_share=_ignore, on_update=_ignore, on_withdraw=_ignore).of(Action.WITHDRAW) is _ignore


@pytest.mark.parametrize("action", list(Action))
def test_the_special_callback_goes_first(action: Action) -> None:
    """Each action goes to its own callback where there is one, else to the one for all."""
    callbacks = Callbacks(on_delivery=_ignore, on_withdraw=_other)
    assert callbacks.of(action) is (_other if action is Action.WITHDRAW else _ignore)
