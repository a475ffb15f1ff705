"""Every stable code: what was found, what was expected, what to do. Codes never change their meaning.

PD-1xx refused at the force's door; PD-2xx dead letters; PD-3xx quality flags; PD-4xx the hub's own set-up and running;
PD-5xx the agency's side.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """A stable code. The number is what programs match on; the name is for people."""

    # at the force's door
    EMPTY_FILE = "PD-101"
    WRONG_HEADER = "PD-102"
    WRONG_ENCODING = "PD-103"
    LINE_TOO_LONG = "PD-104"
    ROW_MALFORMED = "PD-105"
    DOOR_MARKING = "PD-106"
    DOOR_TOO_LARGE = "PD-107"
    WRONG_FORCE_IN_FILE = "PD-108"
    DOOR_FUTURE = "PD-109"
    NOT_A_SUBMISSION = "PD-110"
    OUTBOX_FULL = "PD-111"
    NO_MARKING = "PD-112"
    NO_SUCH_FILE = "PD-113"
    OUTBOX_IN_USE = "PD-114"
    SUPERSEDED = "PD-115"
    NO_SUCH_LETTER = "PD-116"
    NOT_MENDED = "PD-117"
    LETTERS_IN_USE = "PD-118"
    FILE_TOO_LARGE = "PD-119"
    RECORD_ERASED = "PD-130"
    RECORD_CLOSED = "PD-131"
    RECORD_OPEN = "PD-132"
    RECORD_UNKNOWN = "PD-133"
    CONTENT_NEEDED = "PD-134"
    WRONG_REASON = "PD-135"
    # dead letters
    EMPTY_MESSAGE = "PD-201"
    NOT_FRAMED = "PD-202"
    UNKNOWN_SCHEMA = "PD-203"
    TRUNCATED = "PD-204"
    TRAILING_BYTES = "PD-205"
    NOT_A_KIND = "PD-206"
    WRONG_FORCE = "PD-207"
    MARKING_TOO_HIGH = "PD-208"
    MARKING_MISSING = "PD-209"
    IDENTITY_MISSING = "PD-210"
    TIME_IN_FUTURE = "PD-211"
    UNKNOWN_SYSTEM = "PD-212"
    TOO_LARGE = "PD-213"
    NOT_THIS_SCHEMA = "PD-214"
    UNEXPECTED = "PD-215"
    UNKNOWN_ACTION = "PD-240"
    UNKNOWN_REASON = "PD-241"
    # quality flags
    CODE_UNMAPPED = "PD-301"
    TIME_UNREADABLE = "PD-302"
    LOCATION_MISSING = "PD-303"
    LOCATION_OUTSIDE_UK = "PD-304"
    AREA_UNKNOWN = "PD-305"
    GRADING_CONTRADICTORY = "PD-306"
    GRADING_MISSING = "PD-307"
    TIME_MISSING = "PD-308"
    OFFENCE_MISSING = "PD-309"
    PERSON_UNLINKED = "PD-310"
    MARKING_DEFAULTED = "PD-311"
    DATES_OUT_OF_ORDER = "PD-312"
    IDENTIFIER_INVALID = "PD-313"
    FORMAT_INVALID = "PD-314"
    MINIMUM_MISSING = "PD-315"
    TIME_DOUBTFUL = "PD-316"
    OUTSIDE_FORCE_AREA = "PD-317"
    CATEGORY_CONTRADICTS = "PD-318"
    LATE = "PD-319"
    NEAR_DUPLICATE = "PD-320"
    NAME_UNLIKELY = "PD-321"
    PERSON_BARE = "PD-322"
    PLACES_DISAGREE = "PD-323"
    # the hub
    NO_BROKER = "PD-401"
    BROKER_CRASHED = "PD-402"
    ARTIFACT_BROKEN = "PD-403"
    NOT_PROVISIONED = "PD-404"
    LANES_CHANGED = "PD-405"
    SLOT_TAKEN = "PD-406"
    UNKNOWN_OUTCOME = "PD-407"
    NO_RULES = "PD-409"
    RULES_BROKEN = "PD-410"
    CONTROL_STALE = "PD-411"
    LANE_NOT_RESTORED = "PD-413"
    REGISTRY_AWAY = "PD-414"
    BROKER_AWAY = "PD-415"
    BAD_SETTING = "PD-416"
    AGREEMENT_INVALID = "PD-417"
    PROJECTION_FAILED = "PD-418"
    DECISION_FAULT = "PD-419"
    NO_SECRET = "PD-420"  # noqa: S105  # a code, not a secret
    NOT_AUTHORISED = "PD-421"
    SCHEMA_REFUSED = "PD-422"
    UNREADABLE_STANDARD = "PD-423"
    # who approves rule sets
    NO_APPROVERS = "PD-430"
    APPROVERS_INVALID = "PD-431"
    NOT_APPROVED = "PD-432"
    APPROVAL_INVALID = "PD-433"
    APPROVER_IS_RECIPIENT = "PD-434"
    REPORT_NOT_OF_SET = "PD-435"
    SHARES_MORE = "PD-436"
    EXPIRY_PUT_OFF = "PD-437"
    OTHER_SET_IN_FORCE = "PD-438"
    APPROVER_KEY = "PD-439"
    # what is stopped, and what ends
    NO_SUCH_SUBJECT = "PD-440"
    SUSPENSION_UNREADABLE = "PD-441"
    AGREEMENT_ENDING = "PD-442"
    NO_SUCH_COMMAND = "PD-445"
    GRANT_INVALID = "PD-446"
    GRANT_NOT_PERMITTED = "PD-447"
    TARGET_UNREADABLE = "PD-448"
    NO_SUCH_GRANT = "PD-449"
    # sending again
    REQUEST_REFUSED = "PD-470"
    TOO_MANY_REQUESTS = "PD-471"
    NOTHING_TO_REPLAY = "PD-472"
    NO_SUCH_FEED = "PD-473"
    REPLAY_TOO_OLD = "PD-474"
    FEED_ENDED = "PD-475"
    FEED_STOPPED = "PD-476"
    FEED_NAME_TAKEN = "PD-477"
    RULE_CARRIES = "PD-453"
    RULE_UNREADABLE = "PD-455"
    RULE_FORM = "PD-456"
    RULE_WORD = "PD-457"
    RULE_LAW = "PD-458"
    RULE_BINDING = "PD-459"
    # answers about rules and records
    NOTHING_KNOWN = "PD-460"
    NEVER_HOLDS = "PD-461"
    NEVER_MET = "PD-462"
    OVERLAPS = "PD-463"
    EXPIRES = "PD-464"
    FIELD_TO_NOBODY = "PD-465"
    PROHIBITION_IDLE = "PD-466"
    EXCEPTION_IDLE = "PD-467"
    NOT_ACCEPTED = "PD-468"
    LOOK_NOT_LOGGED = "PD-469"
    RECEIPT_UNREADABLE = "PD-485"
    RECEIPT_MALFORMED = "PD-486"
    RECEIPT_FOREIGN = "PD-487"
    RECEIPT_NEVER_SENT = "PD-488"
    RECEIPT_SCATTERED = "PD-489"
    ACKNOWLEDGED_UNREADABLE = "PD-490"
    SIGNING_KEY = "PD-491"
    MANIFEST_INVALID = "PD-492"
    # the agency
    DELIVERY_UNREADABLE = "PD-501"
    SEQUENCE_GAP = "PD-502"
    DELIVERY_PARKED = "PD-510"
    DATABASE_AWAY = "PD-511"
    DATABASE_REFUSED = "PD-512"
    NO_PARQUET = "PD-513"
    RECEIPT_REFUSED = "PD-518"
    NOTHING_KEPT = "PD-519"


@dataclass(frozen=True)
class Meaning:
    """What a code says to a person."""

    title: str
    expected: str
    mend: str


_MEANINGS: dict[Code, Meaning] = {
    Code.EMPTY_FILE: Meaning(
        "the file has no rows", "a header and at least one row", "check that the export has finished, then publish it again"
    ),
    Code.WRONG_HEADER: Meaning(
        "the header is not that of this adapter",
        "the column names that the adapter's help lists",
        "choose the right --adapter, or export the file again",
    ),
    Code.WRONG_ENCODING: Meaning("a line is not UTF-8", "UTF-8 text", "convert the file to UTF-8 and publish it again"),
    Code.LINE_TOO_LONG: Meaning(
        "a line is longer than 1 MiB", "one record a line, at most 1 MiB", "look for a quote that is never closed"
    ),
    Code.ROW_MALFORMED: Meaning(
        "a row does not have the columns of the header, or a column of the wrong form",
        "as many columns as the header, each in its form",
        "mend the row at the file and line given",
    ),
    Code.DOOR_MARKING: Meaning(
        "the marking is above OFFICIAL-SENSITIVE",
        "OFFICIAL or OFFICIAL-SENSITIVE",
        "send it by a system that may carry that tier; it has not left the force",
    ),
    Code.DOOR_TOO_LARGE: Meaning(
        "the submission is larger than the hub takes",
        "at most 1 MiB when encoded",
        "shorten the free text, or split the record",
    ),
    Code.WRONG_FORCE_IN_FILE: Meaning(
        "the row names another force", "rows of the force that publishes", "publish it as the force that it names"
    ),
    Code.DOOR_FUTURE: Meaning(
        "a time lies more than 5 minutes in the future", "times up to now", "check the clock and the offset of the force system"
    ),
    Code.NOT_A_SUBMISSION: Meaning(
        "the record does not fit the submission schema",
        "the fields and types of the submission schema of its kind",
        "mend the field at the path given",
    ),
    Code.OUTBOX_FULL: Meaning(
        "the outbox holds as many events as it may",
        "a hub that can be reached, or a larger outbox",
        "wait until the hub is back, or raise --outbox-limit",
    ),
    Code.NO_MARKING: Meaning(
        "the record has no marking",
        "a GSC marking, or a dialect that declares a default (never for intelligence)",
        "set the marking",
    ),
    Code.NO_SUCH_FILE: Meaning(
        "the file or folder is not there, or can't be read",
        "a readable file or a folder with files of this adapter",
        "check the path",
    ),
    Code.OUTBOX_IN_USE: Meaning(
        "another process has this outbox open",
        "one process for each outbox",
        "let the other process end, or publish with another --outbox",
    ),
    Code.SUPERSEDED: Meaning(
        "a later version of the record has been published since",
        "the last version of the record",
        "nothing: the later version stands; mend that one if it is wrong too",
    ),
    Code.NO_SUCH_LETTER: Meaning(
        "there is no such dead letter", "the id of a dead letter of this force", "look it up with: pointduty dead-letters list"
    ),
    Code.NOT_MENDED: Meaning(
        "the dead letter has not been mended", "a mended submission", "mend it first: pointduty dead-letters mend"
    ),
    Code.LETTERS_IN_USE: Meaning(
        "another process is mending dead letters of this force",
        "one process at a time",
        "let the other process end, then try again",
    ),
    Code.FILE_TOO_LARGE: Meaning(
        "the document is larger than 64 MiB", "a document that can be held whole", "export it in parts, or as JSON lines"
    ),
    Code.RECORD_ERASED: Meaning(
        "the record has been erased",
        "a record that was not erased; only a reinstatement, with its whole content, re-opens one that was",
        "nothing, if the erasure was right; else: pointduty publish --action reinstate",
    ),
    Code.RECORD_CLOSED: Meaning(
        "the record has been recalled or restricted",
        "a record that is open",
        "reinstate it, with the corrected content: pointduty publish --action reinstate",
    ),
    Code.RECORD_OPEN: Meaning(
        "the record is neither recalled, restricted nor erased",
        "a record that was closed, or the number of the version that re-opens it",
        "nothing; where another machine has closed it, give the version's number",
    ),
    Code.RECORD_UNKNOWN: Meaning(
        "this outbox does not know the record",
        "a record that was published from here, or its kind and the number of its next version",
        "publish from the machine that has the outbox, or give kind and version",
    ),
    Code.CONTENT_NEEDED: Meaning(
        "the record's content is not known here",
        "the whole record, because nothing of it is in the outbox",
        "give the file that has it",
    ),
    Code.WRONG_REASON: Meaning(
        "the reason is not one of this action's, or the action is not known",
        "an action, and a reason from its closed list (none for a version or a test)",
        "choose a reason that the action has: pointduty publish --help",
    ),
    Code.EMPTY_MESSAGE: Meaning(
        "the message has no value", "an Avro message in Confluent framing", "publish with the submission schema"
    ),
    Code.NOT_FRAMED: Meaning(
        "the message is not Avro in Confluent framing",
        "magic byte 0, a schema id of 4 bytes, an Avro body",
        "use a serialiser that speaks to the registry",
    ),
    Code.UNKNOWN_SCHEMA: Meaning(
        "the registry does not know the schema id",
        "an id that the hub's registry gave",
        "look the schema up in the hub's registry, and publish with its id",
    ),
    Code.TRUNCATED: Meaning(
        "the Avro body ends too early or is broken",
        "a whole Avro body of the schema named",
        "check the serialiser, then publish again",
    ),
    Code.TRAILING_BYTES: Meaning(
        "there are bytes after the Avro body", "nothing after the body", "check the serialiser, then publish again"
    ),
    Code.NOT_A_KIND: Meaning(
        "the schema is not that of a submission", "a submission schema of a known kind", "use one of the submission schemas"
    ),
    Code.WRONG_FORCE: Meaning(
        "the envelope names another force than the topic",
        "the force that the topic belongs to",
        "set envelope.force to your force's id",
    ),
    Code.MARKING_TOO_HIGH: Meaning(
        "the marking is above OFFICIAL-SENSITIVE",
        "OFFICIAL or OFFICIAL-SENSITIVE",
        "send it by a system that may carry that tier, and report the spill",
    ),
    Code.MARKING_MISSING: Meaning(
        "the record has no marking and its dialect has no default",
        "a GSC marking; always for intelligence",
        "set the marking and publish again",
    ),
    Code.IDENTITY_MISSING: Meaning(
        "a part of the record's identity is missing",
        "force, source system, source reference, version from 1",
        "set the field and publish again",
    ),
    Code.TIME_IN_FUTURE: Meaning(
        "a time lies more than 5 minutes in the future", "times up to now", "check the clock and the offset of the force system"
    ),
    Code.UNKNOWN_SYSTEM: Meaning(
        "there is no dialect for this source system",
        "a source system that the hub has a dialect for",
        "add a dialect file, or correct envelope.source_system",
    ),
    Code.TOO_LARGE: Meaning(
        "the submission, or the standard record made of it, is too large",
        "a submission of at most 1 MiB with its headers, a standard record of at most 3 MiB",
        "shorten the free text, or split the record",
    ),
    Code.NOT_THIS_SCHEMA: Meaning(
        "the value does not fit its schema", "the fields and types of the schema", "mend the record and publish again"
    ),
    Code.UNEXPECTED: Meaning(
        "the hub failed on this record; its operator has been alerted",
        "nothing that you can mend",
        "wait for word from the hub's operator",
    ),
    Code.UNKNOWN_ACTION: Meaning(
        "the hub does not know the action",
        "VERSION, CORRECTION, RECALL, RESTRICTION, ERASURE, REINSTATEMENT or TEST",
        "set envelope.action and publish again: nothing has been done with the record",
    ),
    Code.UNKNOWN_REASON: Meaning(
        "the action does not have this reason",
        "a reason from the action's closed list, or none",
        "set envelope.action_reason and publish again: nothing has been done with the record",
    ),
    Code.CODE_UNMAPPED: Meaning(
        "a value has no national code",
        "a code that the dialect maps, or a word of the national list",
        "add the code to the dialect; send markers, roles and other fixed words as the national list has them",
    ),
    Code.TIME_UNREADABLE: Meaning(
        "a time can't be read", "ISO 8601 with offset, a date, YYYY-MM or YYYY", "correct the format"
    ),
    Code.LOCATION_MISSING: Meaning("there is no location", "a location (POLE)", "send a location where one is known"),
    Code.LOCATION_OUTSIDE_UK: Meaning(
        "the coordinates lie outside the United Kingdom",
        "WGS 84 decimal degrees in the United Kingdom",
        "check the order of latitude and longitude",
    ),
    Code.AREA_UNKNOWN: Meaning(
        "the local authority can't be told from the location",
        "an area code or name that the hub knows",
        "send an LSOA or local authority code",
    ),
    Code.GRADING_CONTRADICTORY: Meaning(
        "grading codes contradict each other", "action and sanitisation codes under C, none under P", "correct the grading"
    ),
    Code.GRADING_MISSING: Meaning("an intelligence report has no complete grading", "a 3x5x2 grading", "grade the report"),
    Code.TIME_MISSING: Meaning("there is no time of occurrence", "when it occurred", "send it where it is known"),
    Code.OFFENCE_MISSING: Meaning(
        "a crime or an arrest has no offence code",
        "a recorded-crime code or a Home Office classification",
        "send the offence code",
    ),
    Code.PERSON_UNLINKED: Meaning("a person has no role", "a POLE role for each person", "send the role"),
    Code.MARKING_DEFAULTED: Meaning("the marking is the dialect's default", "a marking on each record", "send the marking"),
    Code.DATES_OUT_OF_ORDER: Meaning(
        "two times of the record can't stand in this order",
        "start before end; born, then occurred, reported, recorded, published",
        "correct the one that is wrong",
    ),
    Code.IDENTIFIER_INVALID: Meaning(
        "an identifier fails its check", "a number with the right check character", "compare it with the document it is from"
    ),
    Code.FORMAT_INVALID: Meaning(
        "a value does not have the form of its field", "the form that the schema's documentation gives", "correct the value"
    ),
    Code.MINIMUM_MISSING: Meaning(
        "a field of the POLE minimum is missing", "every field of the minimum of its kind", "send it where it is known"
    ),
    Code.TIME_DOUBTFUL: Meaning(
        "a local time falls into the hour of a clock change",
        "a time with its offset from UTC",
        "send times with their offset, or in UTC",
    ),
    Code.OUTSIDE_FORCE_AREA: Meaning(
        "the location lies outside the force's area",
        "a place in the area of the force",
        "check the coordinates and the area code",
    ),
    Code.CATEGORY_CONTRADICTS: Meaning(
        "two codes of the record contradict each other", "codes that can stand together", "correct the one that is wrong"
    ),
    Code.LATE: Meaning(
        "it was recorded or sent late", "recorded within a day, sent within a day after that", "look for what holds it up"
    ),
    Code.NEAR_DUPLICATE: Meaning(
        "another record tells the same occurrence", "one record for one occurrence", "merge the two, and recall one"
    ),
    Code.NAME_UNLIKELY: Meaning(
        "a name has the form of something else",
        "one name a field, without titles, digits and signs; letters, hyphens, apostrophes and spaces",
        "correct the name, or leave it blank: blank beats a known error",
    ),
    Code.PERSON_BARE: Meaning(
        "a person has nothing that tells who it is",
        "a name, a date of birth, an identifier or a description",
        "send what is known, or leave the person out",
    ),
    Code.PLACES_DISAGREE: Meaning(
        "coordinates and area codes of a location name different places", "one place", "correct the one that is wrong"
    ),
    Code.NO_BROKER: Meaning(
        "no broker can be had",
        "POINTDUTY_BOOTSTRAP, or the embedded broker's artifacts, or a Docker engine with the images",
        "set POINTDUTY_BOOTSTRAP to your cluster, or let pip and Maven reach their repositories, or start a Docker engine",
    ),
    Code.BROKER_CRASHED: Meaning(
        "a process of the cluster has stopped by itself", "a running process", "read its last log lines, then run: pointduty up"
    ),
    Code.ARTIFACT_BROKEN: Meaning(
        "a fetched file does not have its locked hash",
        "the SHA-256 of the lock",
        "run again; if it repeats, the repository serves another file",
    ),
    Code.NOT_PROVISIONED: Meaning("topics, users or schemas are missing", "a provisioned cluster", "run: pointduty provision"),
    Code.LANES_CHANGED: Meaning(
        "the number of lanes differs from the one provisioned",
        "the same number for the life of the hub",
        "keep the number; growing a keyed topic re-homes records",
    ),
    Code.SLOT_TAKEN: Meaning(
        "every slot of this stage is taken", "a free slot", "stop a process of this stage, or raise --slots"
    ),
    Code.UNKNOWN_OUTCOME: Meaning(
        "the outcome of a transaction is unknown", "an answer from the broker", "nothing: clients and position are built anew"
    ),
    Code.NO_RULES: Meaning(
        "no approved rule set is in force",
        "a rule set on the control topic that two pinned approvers have signed",
        "on a hub of one machine: pointduty provision; on your own cluster: pointduty agreements approve, then publish",
    ),
    Code.RULES_BROKEN: Meaning(
        "a rule set can't be loaded", "parts that match their hashes and agreements that load", "publish a rule set that loads"
    ),
    Code.CONTROL_STALE: Meaning(
        "the control reader is not at its end, or older than 500 ms",
        "a fresh reading of control",
        "nothing: the batch is decided again",
    ),
    Code.LANE_NOT_RESTORED: Meaning(
        "a lane's holders could not be read to their end", "a readable holders topic", "check the broker; the lane waits"
    ),
    Code.REGISTRY_AWAY: Meaning(
        "the schema registry can't be reached", "a registry that answers", "check it with: pointduty status"
    ),
    Code.BROKER_AWAY: Meaning("the broker can't be reached", "a broker that answers", "check it with: pointduty status"),
    Code.BAD_SETTING: Meaning("a setting is wrong", "a value of the documented form", "correct the setting"),
    Code.AGREEMENT_INVALID: Meaning(
        "an agreement does not load", "every clause of an agreement, bound to instances", "mend the file and key given"
    ),
    Code.PROJECTION_FAILED: Meaning(
        "the record could not be sanitised for an agreement",
        "a record that fits the field list",
        "report it; the record was withheld",
    ),
    Code.DECISION_FAULT: Meaning("a rule failed on the record", "rules that never fail", "report it; the record was withheld"),
    Code.NO_SECRET: Meaning(
        "there is no credential file for this user", "a file under secrets/ of the home folder", "run: pointduty provision"
    ),
    Code.NOT_AUTHORISED: Meaning(
        "the broker refused the login or the access",
        "a credential and a permission for it",
        "check with the hub's operator what you may read",
    ),
    Code.SCHEMA_REFUSED: Meaning(
        "the registry refused a schema", "a schema compatible with the earlier ones", "make a compatible change, or a new field"
    ),
    Code.UNREADABLE_STANDARD: Meaning(
        "a standard record can't be read", "what standardise writes", "stop and look: nothing behind it is released"
    ),
    Code.NO_APPROVERS: Meaning(
        "no approver of rule sets is pinned",
        "a list of pinned approvers, at least two of them",
        "each approver: pointduty approvers new; then here: pointduty approvers pin FILE",
    ),
    Code.APPROVERS_INVALID: Meaning(
        "the list of pinned approvers does not load",
        "name, organisation, public key and powers of each; no name and no key twice",
        "mend the entry given; nobody is an approver until then",
    ),
    Code.NOT_APPROVED: Meaning(
        "a rule set without the approvals that it needs",
        "signatures of two different pinned approvers under this set, its report and its rendering",
        "have it approved: pointduty agreements approve. The set in force stays",
    ),
    Code.APPROVAL_INVALID: Meaning(
        "an approval does not hold",
        "a pinned approver's signature under exactly this set, number, report and rendering",
        "have it approved anew: something was changed, or the approver is not pinned here",
    ),
    Code.APPROVER_IS_RECIPIENT: Meaning(
        "an approver's organisation is one that would receive",
        "approvers of organisations that receive nothing under the set",
        "let somebody of another organisation approve",
    ),
    Code.REPORT_NOT_OF_SET: Meaning(
        "the rehearsal report is not of this change",
        "a report of this set, rehearsed against the set in force now",
        "rehearse again, and have the new report approved",
    ),
    Code.SHARES_MORE: Meaning(
        "a rollback that may share more than the set in force has one approval only",
        "two approvals, or a rollback that only takes away",
        "let a second approver sign, with a rehearsal report",
    ),
    Code.EXPIRY_PUT_OFF: Meaning(
        "a rollback would let an agreement run longer than the set in force does",
        "no end of an agreement later than it is now",
        "publish a set that says the new end: pointduty agreements approve, then publish",
    ),
    Code.OTHER_SET_IN_FORCE: Meaning(
        "a rule set does not follow the one in force, or was never in force here",
        "a set that follows the one in force, or a number that was in force; never an earlier set without a rollback",
        "look at: pointduty agreements history; then rehearse and approve again. Control may have lost a set",
    ),
    Code.APPROVER_KEY: Meaning(
        "an approver's private key can't be used",
        "an Ed25519 private key (PEM), its passphrase, and its public key pinned here",
        "check file and passphrase; list the pinned ones: pointduty approvers list",
    ),
    Code.NO_SUCH_SUBJECT: Meaning(
        "there is no such agency, feed or force", "an id of the rule set in force", "look at `pointduty suspensions` and the id"
    ),
    Code.SUSPENSION_UNREADABLE: Meaning(
        "a suspension on control can't be read",
        "what `pointduty suspend` writes",
        "its subject counts as suspended: find out who wrote it, then suspend or resume it anew",
    ),
    Code.NO_SUCH_COMMAND: Meaning(
        "there is no such record, feed or command", "an id of this hub", "look at `pointduty commands` and the id"
    ),
    Code.GRANT_INVALID: Meaning(
        "an emergency grant or its review does not hold",
        "one authorised person's signature, a second person's for the review, and at most 72 hours",
        "grant or review it anew with a pinned key that has the power; until then nothing is shared under it",
    ),
    Code.GRANT_NOT_PERMITTED: Meaning(
        "the rule set does not allow what an emergency grant asks for",
        "an agency, a gateway, fields and overrides of the closed lists in emergency.yaml",
        "grant what the lists allow; sources, protected persons, A1, S2 and the originator's recall are never overridden",
    ),
    Code.TARGET_UNREADABLE: Meaning(
        "an emergency grant must name one record, person or place",
        "a record's id, or an identifier in a form that is checked: pnc, cro, nhs, nino, telephone, email, postcode, uprn",
        "write the identifier as it is issued; a name or a category is none",
    ),
    Code.NO_SUCH_GRANT: Meaning(
        "there is no such emergency grant", "an id of `pointduty emergency list`", "look the id up there"
    ),
    Code.REQUEST_REFUSED: Meaning(
        "a request to send numbers again is not carried out",
        "numbers of a feed that is there and not suspended",
        "ask again when the feed may be read; report anything else to the hub's operator",
    ),
    Code.TOO_MANY_REQUESTS: Meaning(
        "an agency asks for too much to be sent again",
        "at most 10,000 numbers a request, and 20 requests at a time",
        "wait until the last ones are answered; who misses more asks for a replay",
    ),
    Code.NOTHING_TO_REPLAY: Meaning(
        "there is nothing that this replay could send",
        "a time that has begun, and that ends behind its beginning",
        "mend the times; both are UTC where they say no other zone",
    ),
    Code.NO_SUCH_FEED: Meaning(
        "the rules in force have no such feed",
        "an agency's id and a feed's name with a dot between, as in the topic's name",
        "look the feed up with `pointduty agreements show`; a feed whose agreement is gone can't be replayed",
    ),
    Code.REPLAY_TOO_OLD: Meaning(
        "a replay begins before what the hub still has",
        "a beginning within the days for which `standard` is kept",
        "begin later; what is older must come from its force again, as a publication of the same versions under new ones",
    ),
    Code.FEED_ENDED: Meaning(
        "the feed's agreement is not valid today",
        "a feed whose agreement shares today",
        "renew the agreement first; until then nothing may be sent by it, and what is held is withdrawn",
    ),
    Code.FEED_STOPPED: Meaning(
        "the feed is suspended",
        "a feed that may be read now",
        "resume it first: what was cut meanwhile is decided again by that",
    ),
    Code.FEED_NAME_TAKEN: Meaning(
        "a feed can't have this name", "any name but `recall`", "give the agreement's feed another name"
    ),
    Code.AGREEMENT_ENDING: Meaning(
        "an agreement ends soon", "a review in time", "renew it with a later end, or let it end: then it shares nothing more"
    ),
    Code.RULE_UNREADABLE: Meaning(
        "a rule file can't be read", "one YAML mapping, each key once, or a table with its columns", "mend the line given"
    ),
    Code.RULE_CARRIES: Meaning(
        "a kept field can carry what the agreement withholds",
        "a reason in the agreement for each such field (carries) and each other view of one organisation (beside)",
        "say why it is right, or drop the field; pointduty agreements leaks lists all",
    ),
    Code.RULE_FORM: Meaning(
        "a clause of a rule is missing or has not its form", "every clause, as the JSON Schema says", "mend the key given"
    ),
    Code.RULE_WORD: Meaning(
        "a rule names a word, a group or a field that is none",
        "a word of the list, a group that is defined, a field that is there",
        "take one of the words given",
    ),
    Code.RULE_LAW: Meaning(
        "an agreement has no law to stand on",
        "gateways, regime, basis and condition that carry it",
        "mend the key given, or don't share",
    ),
    Code.RULE_BINDING: Meaning(
        "rules, acceptances and agencies don't fit together",
        "one agreement a feed, bound, accepted, no wider than its kind",
        "mend the file given",
    ),
    Code.NOTHING_KNOWN: Meaning(
        "nothing that may be told to you is known under this reference",
        "a record id of your force, or the token of a delivery that you received",
        "check the reference; the answer is the same whether or not there is such a record",
    ),
    Code.NEVER_HOLDS: Meaning(
        "no record can meet this rule",
        "lines that one record can meet at once, and nothing that always withholds it",
        "mend or remove the clause: it says something that it does not do",
    ),
    Code.NEVER_MET: Meaning(
        "no record looked at met this rule",
        "a record now and then",
        "look over a longer time; then ask whether the rule says what it means",
    ),
    Code.OVERLAPS: Meaning(
        "another clause of the same rule holds wherever this one does",
        "clauses that each add something",
        "remove the narrower one",
    ),
    Code.EXPIRES: Meaning(
        "an agreement ends, has ended, or its review is due",
        "an agreement that runs for more than 30 days, reviewed in time",
        "renew it, or let it end: its feeds end with it",
    ),
    Code.FIELD_TO_NOBODY: Meaning(
        "no field list lets this field leave", "nothing: it tells what stays", "none; a field that should leave needs a line"
    ),
    Code.PROHIBITION_IDLE: Meaning(
        "a national rule applied to no record looked at",
        "nothing: some rules are rare",
        "look over a longer time; then ask whether its conditions can be read",
    ),
    Code.EXCEPTION_IDLE: Meaning(
        "an exception to a national rule was never needed",
        "an exception that somebody needs",
        "look over a longer time; then remove it",
    ),
    Code.NOT_ACCEPTED: Meaning(
        "forces have not accepted an agreement",
        "acceptances in acceptances.csv",
        "none, or ask the force: absence shares nothing",
    ),
    Code.LOOK_NOT_LOGGED: Meaning(
        "a look at records could not be logged, so nothing is shown",
        "a hub whose ledger takes an entry",
        "try again when the broker answers; without a hub no values are shown",
    ),
    Code.RECEIPT_UNREADABLE: Meaning(
        "a receipt can't be read", "a uk.pointduty.feed.Receipt in Confluent framing, 1 MiB at most", "correct the subscriber"
    ),
    Code.RECEIPT_MALFORMED: Meaning(
        "a receipt has a value that none may have",
        "the states, ids, ranges and numbers that the receipt's schema documents",
        "correct the field given",
    ),
    Code.RECEIPT_FOREIGN: Meaning(
        "a receipt speaks of a feed that is not this agency's",
        "<agency>.<feed> of the agency that writes it",
        "correct the feed",
    ),
    Code.RECEIPT_NEVER_SENT: Meaning(
        "a receipt speaks of what was never sent to this agency",
        "sequence numbers up to the last one sent in the lane, and delivery ids of its own recalls",
        "look for what counts wrongly; a reader of uncommitted messages may see what was taken back",
    ),
    Code.RECEIPT_SCATTERED: Meaning(
        "what this agency has acknowledged of a lane is scattered over too many ranges",
        "receipts that leave few holes",
        "acknowledge what lies between",
    ),
    Code.ACKNOWLEDGED_UNREADABLE: Meaning(
        "the hub's own records of receipts can't be read to their end",
        "readable topics `acknowledged`, `holders`, `ledger` and `recall.<agency>`",
        "check the broker; receipts wait",
    ),
    Code.SIGNING_KEY: Meaning(
        "the hub's signing key can't be read or made",
        "an Ed25519 key in keys/hub-signing.pem of the home folder, readable by its owner alone",
        "run: pointduty provision",
    ),
    Code.MANIFEST_INVALID: Meaning(
        "a manifest is not what the hub signed",
        "a signature of the pinned key over this very content",
        "ask the hub for another",
    ),
    Code.DELIVERY_UNREADABLE: Meaning(
        "a delivery can't be read", "an Avro message in Confluent framing", "report it to the hub's operator"
    ),
    Code.SEQUENCE_GAP: Meaning(
        "a sequence number is missing in a lane",
        "each number once",
        "nothing where receipts are sent: the hub is asked for it again; else report it to the hub's operator",
    ),
    Code.DELIVERY_PARKED: Meaning(
        "a delivery could not be handled, and was put aside",
        "a callback that returns, or a database that takes the record",
        "mend the program or the database, then: pointduty subscriptions retry",
    ),
    Code.DATABASE_AWAY: Meaning(
        "the agency's database gives no answer",
        "a database that can be reached",
        "nothing: it is tried again; check the database",
    ),
    Code.DATABASE_REFUSED: Meaning(
        "the agency's database refuses the work",
        "a SQLite or PostgreSQL database in which this user may make tables",
        "check the URL's form, the permissions and the free space",
    ),
    Code.NO_PARQUET: Meaning(
        "Parquet can't be written: pyarrow is not installed", "the extra `parquet`", "pip install 'pointduty[parquet]'"
    ),
    Code.RECEIPT_REFUSED: Meaning(
        "the broker does not take a receipt",
        "a user who may write its own receipt topic",
        "check the credential; receipts wait in the agency's store meanwhile",
    ),
    Code.NOTHING_KEPT: Meaning(
        "nothing was read with these options",
        "the agency, group and sink of an earlier `pointduty subscribe` in the same home folder",
        "give the same options as when reading",
    ),
}


def describe(code: Code) -> Meaning:
    """What `code` says to a person."""
    return _MEANINGS[code]
