"""How long an emergency grant takes to be live, and its end to have withdrawn: on a running cluster, under live traffic.

    PYTHONPATH=tests:. python tests/bench_emergency.py HOME [TRIALS]

From the grant's first byte to the moment when every lane has shared what is in `standard` already and shares what comes.
"""

import sys
import threading
import time
from pathlib import Path

from core_hub import agreement, event
from emergencies import FIELDS, emergency_part
from stage_hub import LANES, Running, StageHub, crimes, make_stage_hub

from deploy.approver_keys import read_key
from deploy.control_desk import control_desk
from deploy.emergency import Asked, end_grant, make_grant, read_rules, write_grant
from deploy.lane_progress import ProgressWatch
from deploy.local_approvers import local_keys
from deploy.logs import configure_logs
from deploy.master_key import read_master_key
from stream_processors.tokens import Tokens

BEFORE, EACH_SECOND, LIVE_SECONDS = 2000, 200, 5.0
PERSON = [{"ref": "p1", "roles": ["VICTIM"], "surname": "Quill", "telephone": "01632 960123"}]


def main() -> None:
    """Measure, and print each trial's worst."""
    home, trials = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    configure_logs()
    with make_stage_hub(home, [agreement("bureau")], more=emergency_part()) as hub:
        hub.publish_rules([agreement("bureau")])
        with Running(hub, "disseminate") as worker:
            for lane in range(LANES):
                hub.write_standard([*crimes(BEFORE, first=BEFORE * lane), event(ref=f"P/{lane}", persons=PERSON)], lane)
            worker.wait(lambda: len(hub.deliveries("bureau")) == LANES * (BEFORE + 1), "everything is decided")
            stop = threading.Event()
            traffic = threading.Thread(target=_traffic, args=(hub, stop), daemon=True)
            traffic.start()
            try:
                found = [_trial(hub) for _ in range(trials)]
            finally:
                stop.set()
                traffic.join()
    force, live, over = (sorted(each[at] for each in found) for at in range(3))
    sys.stdout.write(f"{trials} grants, {LANES * BEFORE} records in standard at first, {EACH_SECOND} a second more\n")
    for what, seconds in (("in force", force), ("swept", live), ("withdrawn", over)):
        sys.stdout.write(f"{what:>10}: median {seconds[len(seconds) // 2]:.2f} s, worst {seconds[-1]:.2f} s\n")
    sys.exit(live[-1] > LIVE_SECONDS)


def _traffic(hub: StageHub, stop: threading.Event) -> None:
    number = 0
    while not stop.wait(0.5):
        hub.write_standard(crimes(EACH_SECOND // 2, first=1_000_000 + number), number % LANES)
        number += EACH_SECOND // 2


def _trial(hub: StageHub) -> tuple[float, float, float]:
    key, tokens = read_key(local_keys(hub.settings)[0]), Tokens(read_master_key(hub.home))
    words = ("POLICING", "a reason", "an urgency", "PERSON", "telephone", "01632 960 123")
    asked = Asked(hub.agency("squad"), *words, fields=FIELDS, overrides=(), hours=2.0)  # type: ignore[arg-type]
    with control_desk(hub.settings) as desk:
        watch = ProgressWatch(desk)
        record = make_grant(desk, read_rules(desk.read()), asked, key, tokens, int(time.time() * 1000))
        watch.restart()
        write_grant(desk, record)
        live = watch.wait(record["id"], 60)
        watch = ProgressWatch(desk)
        watch.restart()
        end_grant(desk, desk.read(), record["id"], "a person", "it is over", int(time.time() * 1000))
        over = watch.wait(f"{record['id']}/end", 60)
    assert (live.done, live.released, over.done, over.released) == (LANES, LANES, LANES, LANES), (live, over)
    return live.begun_seconds, live.seconds, over.seconds


if __name__ == "__main__":
    main()
