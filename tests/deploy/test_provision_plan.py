"""The provisioning plan: idempotent, refuses other partitions, never opens more than the matrix says."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.access_rules import Acl, Match, Resource
from deploy.provision_plan import DEFAULT_COMPATIBILITY, FEED_COMPATIBILITY, Actual, Plan, Topic, Wanted, plan_provision
from deploy.provision_report import count_changes, list_changes, list_warnings
from deploy.provision_wanted import Feed, wanted_state
from deploy.topic_rules import load_topic_rules
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.topics import Topics

SCHEMA = '{"type":"record","name":"Delivery","namespace":"uk.pointduty.feed.test","fields":[]}'
FORCES = ["kent", "essex"]
AGENCIES = ["asb-tyne-a", "asb-tyne-b"]
WORDS = st.text("abc-", min_size=1, max_size=6).filter(lambda word: not word.startswith("-"))


def make_wanted(prefix: str = "", lanes: int = 12, suspended: frozenset[str] = frozenset()) -> Wanted:
    return wanted_state(
        Topics(prefix),
        forces=FORCES,
        agencies=AGENCIES,
        feeds={agency: [Feed(agency, "asb", SCHEMA)] for agency in AGENCIES},
        rules=load_topic_rules(),
        lanes=lanes,
        brokers=1,
        suspended=suspended,
    )


def carry_out(plan: Plan, actual: Actual) -> Actual:
    """What a cluster that does as it is told has afterwards."""
    named: dict[str, Topic] = {**actual.named, **dict(plan.create_topics)}
    for name, config in plan.alter_configs:
        named[name] = Topic(named[name].partitions, {**named[name].config, **config})
    compatibility: Mapping[str, str] = {
        **actual.compatibility,
        **({"": DEFAULT_COMPATIBILITY} if plan.default_compatibility else {}),
        **dict.fromkeys(plan.tighten_subjects, FEED_COMPATIBILITY),
    }
    return Actual(
        named=named,
        users=actual.users | set(plan.create_users),
        secrets=actual.secrets | set(plan.create_users),
        acls=(actual.acls - set(plan.delete_acls)) | set(plan.create_acls),
        schemas=actual.schemas | set(plan.register_schemas),
        compatibility=compatibility,
    )


def complete(wanted: Wanted) -> Actual:
    return carry_out(plan_provision(wanted, Actual()), Actual())


@st.composite
def part_of(draw: st.DrawFn, wanted: Wanted) -> Actual:
    """A cluster that has some of it, some settings changed by hand, and some things of others."""
    full = complete(wanted)
    names = draw(st.sets(st.sampled_from(sorted(full.named))))
    hand = draw(st.sets(st.sampled_from(sorted(full.named))))
    named = {n: replace(t, config={**t.config, "retention.ms": "1"} if n in hand else t.config)
             for n, t in full.named.items() if n in names}  # fmt: skip
    foreign = draw(st.sets(st.builds(lambda word: literal("User:other", f"feed.{word}.x"), WORDS), max_size=3))
    return Actual(
        named=named,
        users=draw(st.frozensets(st.sampled_from(sorted(full.users)))),
        secrets=draw(st.frozensets(st.sampled_from(sorted(full.secrets)))),
        acls=draw(st.frozensets(st.sampled_from(sorted(full.acls)))) | foreign,
        schemas=draw(st.frozensets(st.sampled_from(sorted(full.schemas)))),
        compatibility=draw(st.sampled_from([{}, full.compatibility, {"": "NONE"}])),
    )


def literal(principal: str, name: str, operation: str = "READ", *, allow: bool = True) -> Acl:
    return Acl(principal, Resource.TOPIC, name, Match.LITERAL, operation, allow)


@given(part_of(make_wanted()))
def test_a_second_run_finds_nothing_to_do(actual: Actual) -> None:
    """Whatever the cluster had, carrying the plan out leaves nothing to change, and exactly the wanted permissions."""
    wanted = make_wanted()
    after = carry_out(plan_provision(wanted, actual), actual)
    assert plan_provision(wanted, after) == Plan()
    assert after.acls == wanted.acls


@given(part_of(make_wanted()))
def test_the_plan_never_takes_anything_away_but_permissions(actual: Actual) -> None:
    """Topics, users and schemas that are there stay there."""
    after = carry_out(plan_provision(make_wanted(), actual), actual)
    assert actual.named.keys() <= after.named.keys()
    assert actual.users <= after.users
    assert actual.schemas <= after.schemas


def test_a_changed_number_of_lanes_is_refused() -> None:
    """Growing `standard` or `holders` would re-home records, so the plan refuses it and says both numbers."""
    with pytest.raises(Misconfigured) as refused:
        plan_provision(make_wanted(lanes=24), complete(make_wanted(lanes=12)))
    assert refused.value.code is Code.LANES_CHANGED
    assert "has 12, asked for 24" in str(refused.value)


def test_any_topic_with_other_partitions_is_refused() -> None:
    """Every topic is keyed: a feed with two partitions is refused as lanes are."""
    actual = complete(make_wanted())
    name = Topics().feed("asb-tyne-a", "asb")
    named = {**actual.named, name: replace(actual.named[name], partitions=2)}
    with pytest.raises(Misconfigured) as refused:
        plan_provision(make_wanted(), replace(actual, named=named))
    assert refused.value.field == name


def test_a_user_without_file_or_without_credential_is_made_anew() -> None:
    """Only a user that has both is kept: nobody can log in with half."""
    actual = complete(make_wanted())
    for lame in (
        replace(actual, secrets=actual.secrets - {"force.kent"}),
        replace(actual, users=actual.users - {"force.kent"}),
    ):
        assert plan_provision(make_wanted(), lame).create_users == ("force.kent",)


def test_a_setting_changed_by_hand_is_put_right() -> None:
    """Only the settings that differ are altered."""
    actual = complete(make_wanted())
    ledger = actual.named["ledger"]
    named = {**actual.named, "ledger": replace(ledger, config={**ledger.config, "retention.ms": "1", "other": "x"})}
    plan = plan_provision(make_wanted(), replace(actual, named=named))
    assert plan.alter_configs == (("ledger", {"retention.ms": "-1"}),)
    assert plan.changes == 1


@pytest.mark.parametrize(
    "acl",
    [
        literal("User:agency.asb-tyne-b", "feed.asb-tyne-a.asb"),
        literal("User:stranger", "standard"),
        literal("User:agency.asb-tyne-a", "feed.asb-tyne-a.asb", "WRITE"),
        Acl("User:*", Resource.TOPIC, "feed.", Match.PREFIXED, "READ"),
        Acl("User:force.kent", Resource.GROUP, "force.essex.", Match.PREFIXED, "READ"),
        Acl("User:agency.asb-tyne-a", Resource.TRANSACTIONAL_ID, "disseminate-0", Match.LITERAL, "WRITE"),
        replace(literal("User:agency.asb-tyne-a", "feed.asb-tyne-a.asb"), host="10.0.0.1"),
    ],
)
def test_a_permission_that_nobody_wanted_is_taken_away(acl: Acl) -> None:
    """Any permission on the hub's own resources that is not in the matrix goes, whoever holds it."""
    actual = complete(make_wanted())
    plan = plan_provision(make_wanted(), replace(actual, acls=actual.acls | {acl}))
    assert plan.delete_acls == (acl,)
    assert plan.changes == 1


@pytest.mark.parametrize(
    "acl",
    [
        literal("User:app", "*"),
        Acl("User:app", Resource.TOPIC, "fee", Match.PREFIXED, "READ"),
        Acl("User:app", Resource.TOPIC, "standard-", Match.PREFIXED, "READ"),
        Acl("User:app", Resource.GROUP, "*", Match.LITERAL, "READ"),
    ],
)
def test_a_broad_permission_of_others_is_shown_and_not_deleted(acl: Acl) -> None:
    """A wildcard or short prefix that reaches the hub is somebody else's: a person is told. One beside it is not."""
    actual = complete(make_wanted())
    plan = plan_provision(make_wanted(), replace(actual, acls=actual.acls | {acl}))
    reaches = acl.name != "standard-"
    assert plan.broad_acls == ((acl,) if reaches else ())
    assert bool(list_warnings(plan)) == reaches
    assert plan.changes == 0


@pytest.mark.parametrize(("ours", "theirs"), [("", "two."), ("two.", ""), ("two.", "three.")])
def test_two_hubs_on_one_cluster_leave_each_other_alone(ours: str, theirs: str) -> None:
    """With different prefixes the plan of one hub never touches, needs or reports what the other has."""
    one, two = complete(make_wanted(ours)), complete(make_wanted(theirs))
    both = Actual(
        named={**one.named, **two.named},
        users=one.users,
        secrets=one.secrets,
        acls=one.acls | two.acls,
        schemas=one.schemas | two.schemas,
        compatibility={**one.compatibility, **two.compatibility},
    )
    assert plan_provision(make_wanted(ours), both) == Plan()


def test_a_suspension_is_wanted_state_and_comes_before_any_permission() -> None:
    """A suspended feed is denied by an ACL; on an empty cluster the denial is created first."""
    feed = Topics().feed("asb-tyne-a", "asb")
    plan = plan_provision(make_wanted(suspended=frozenset({feed})), Actual())
    assert plan.create_acls[0] == literal("User:agency.asb-tyne-a", feed, allow=False)
    assert all(acl.allow for acl in plan.create_acls[1:])


def test_provisioning_never_lifts_a_denial() -> None:
    """Where somebody has denied a read, a run that knows nothing of it leaves it, and says so."""
    denial = literal("User:agency.asb-tyne-a", Topics().feed("asb-tyne-a", "asb"), allow=False)
    actual = complete(make_wanted())
    plan = plan_provision(make_wanted(), replace(actual, acls=actual.acls | {denial}))
    assert (plan.delete_acls, plan.kept_denials, plan.changes) == ((), (denial,), 0)
    assert list_warnings(plan)


def test_a_feed_that_is_not_there_cannot_be_suspended() -> None:
    """A mistyped suspension is an error, not silence."""
    with pytest.raises(ValueError, match="not a feed"):
        make_wanted(suspended=frozenset({"feed.nobody.x"}))


def test_feeds_are_compatible_both_ways() -> None:
    """Every subject of a feed is FULL_TRANSITIVE, and no other subject is."""
    plan = plan_provision(make_wanted(), Actual())
    assert all(subject.startswith("feed.") for subject in plan.tighten_subjects)
    assert len(plan.tighten_subjects) == sum(subject.startswith("feed.") for subject, _ in plan.register_schemas) == 2


def test_the_report_names_every_change_once() -> None:
    """Rows of the report and the number of changes agree."""
    plan = plan_provision(make_wanted(suspended=frozenset({"feed.asb-tyne-a.asb"})), Actual())
    assert len(list_changes(plan)) == plan.changes == sum(count for _, count, _ in count_changes(plan))
