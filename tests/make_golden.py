"""Make the golden files anew: for each message of the contract an example in Avro's JSON form and its bytes.

    PYTHONPATH=tests:. python tests/make_golden.py

Only for a version that may still change (0.x): from 1.0 on a change of a golden file is a broken contract. The examples are
synthetic: each string says its own path.
"""

import io
from pathlib import Path

import fastavro
from avro_values import fill, messages

from schemas.records import VERSION, encode, load_schema

GOLDEN = Path(__file__).parent / "schemas" / "golden"


def main() -> None:
    """Write both files of every message."""
    for name in messages():
        stem = GOLDEN / f"{name.removeprefix('uk.pointduty.')}-{VERSION}"
        value, text = fill(name), io.StringIO()
        fastavro.json_writer(text, load_schema(name), [value])
        stem.with_name(f"{stem.name}.json").write_text(text.getvalue() + "\n", encoding="utf-8")
        stem.with_name(f"{stem.name}.bin").write_bytes(encode(name, value))


if __name__ == "__main__":
    main()
