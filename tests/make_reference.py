"""Make the derived reference files anew from public files (see `schemas/reference/SOURCES.md`).

    PYTHONPATH=tests:. python tests/make_reference.py REFERENCE DATA

REFERENCE is a folder with the code lists and offence indexes, DATA one with `lookups`, as SOURCES.md describes. Run by hand.
The same files give the same bytes; `tests/schemas/test_reference_made.py` holds this.
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import reference_areas
import reference_values
from reference_flags import cjs_flags
from reference_flags_ho import ho_flags, recorded_flags
from reference_recorded import recorded_code

FOLDER = Path(__file__).parents[1] / "schemas" / "reference"

Lines = Iterable[Sequence[object]]


def write(folder: Path, name: str, columns: str, lines: Lines) -> None:
    """A CSV file with line feeds only."""
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(lines)


def recorded_lines(reference: Path) -> Iterator[Sequence[str]]:
    """`offence_codes.csv`."""
    for row in reference_areas.table(reference / "offence_codes.csv"):
        code, group = row["offence_code"], row["offence_group"]
        what = (row["label"], group, row["offence_subgroup"], row["police_uk_category"])
        yield code, row["ons_code"], *what, *recorded_flags(code, group), row["status"]


def ho_lines(reference: Path) -> Iterator[Sequence[str]]:
    """`ho_offences.csv`. A generic classification has the title of its class."""
    rows = reference_areas.table(reference / "ho_offence_index.csv")
    titles = {}
    for row in rows:
        is_generic = row["generic_only"] == "Y"
        titles[row["ho_code"]] = (row["class_title"] if is_generic else row["subclass_title_short"], is_generic)
    flags = ho_flags(titles)
    for row in rows:
        code = row["ho_code"]
        yield code, row["parent_group"], titles[code][0], row["generic_only"], *flags[code], recorded_code(code, *titles[code])


def cjs_codes(data: Path) -> dict[str, tuple[str, str]]:
    """CJS offence code to title and category: the courts' list, and what only the PNC's list has, without a category."""
    found = {}
    for name in ("input-pnc-ccjs-cjs-offences", "input-cjs-offences"):
        with gzip.open(data / "lookups" / "cjs-standing-data" / f"{name}.json.gz", "rt", encoding="utf-8") as file:
            for row in json.load(file):
                found[row["cjsCode"]] = (row["offenceTitle"], row.get("offenceCategory", ""))
    return found


LETTERS = "ABCI"
"""Attempt, aiding, conspiracy, incitement: the last letter of a code of eight."""


def cjs_lines(data: Path) -> Iterator[Sequence[str]]:
    """`cjs_offences.csv`: Act, category, flags, and the codes of the Act that have these, as runs."""
    codes = cjs_codes(data)
    groups: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for code, (title, category) in codes.items():
        plain = code[:-1] if len(code) == 8 and code[-1] in LETTERS and code[:-1] in codes else code
        flags = cjs_flags(plain, codes[plain][0] if plain in codes else title, codes[plain][1])
        groups[(code[:4], category, *flags)].append(code[4:])
    for key in sorted(groups):
        yield *key, " ".join(_runs(groups[key]))


def _runs(numbers: list[str]) -> list[str]:
    """`001 002 003 007A` as `001-003 007A`."""
    found: list[list[str]] = []
    for number in sorted(numbers):
        last = found[-1][-1] if found else ""
        if number.isdecimal() and last.isdecimal() and len(number) == len(last) == 3 and int(last) + 1 == int(number):
            found[-1].append(number)
        else:
            found.append([number])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else run[0] for run in found]


def value_lines(reference: Path) -> Iterator[Sequence[str]]:
    """`coded_values.csv`."""
    source: reference_values.Source = defaultdict(list)
    for row in reference_areas.table(reference / "code_lists.csv"):
        source[row["list"]].append((row["code"], row["label"], row["verification"]))
    yield from reference_values.lines(source)


def main(reference: Path, data: Path, folder: Path = FOLDER) -> None:
    """Write every derived file."""
    geography = data / "lookups" / "geography"
    columns = "code ons_code label group subgroup police_uk_category sexual modern_slavery status"
    write(folder, "offence_codes.csv", columns, recorded_lines(reference))
    columns = "code group title is_generic sexual modern_slavery recorded_code"
    write(folder, "ho_offences.csv", columns, ho_lines(reference))
    write(folder, "cjs_offences.csv", "act category sexual modern_slavery codes", cjs_lines(data))
    write(folder, "coded_values.csv", "list scheme code national label verification", value_lines(reference))
    rows = reference_areas.table(reference / "ho_outcome_types.csv")
    write(
        folder, "ho_outcome_types.csv", "type name verification", ((r["type"], r["meaning"], r["verification"]) for r in rows)
    )
    write(folder, "lsoa_areas.csv", "lad_code lsoa_codes", reference_areas.lsoa_lines(geography))
    write(folder, "local_authority_changes.csv", "code name lad_code force", reference_areas.change_lines(geography))
    touched = reference_areas.touched_cells(geography)
    write(folder, "police_areas.csv", "forces cells", reference_areas.cell_lines(touched))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
