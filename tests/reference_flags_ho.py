"""Rules for the flags of Home Office classifications and recorded-crime codes, as `reference_flags.py` has them for CJS codes.

A generic classification (`/00`) says only the class: it is UNKNOWN where the class holds both sorts or is one for all else.
"""

from collections.abc import Mapping

from reference_flags import SOUNDS_LIKE_SLAVERY, SOUNDS_SEXUAL, UNKNOWN, N, Rule, Y, first_flag

_EXCEPTED = (
    Rule(r"023/1[23]", "", N, "ss.64, 65 of the 2003 Act: excepted"),
    Rule(r"088/0[34]", "", N, "s.69: excepted"),
    Rule(r"088/08|175/04", "", N, "s.71: excepted"),
    Rule(
        r"073/0[3-6]|068/0[78]|066/(08|19|88)|008/39|50[34]/", "", N, "notification and orders, not an offence against a person"
    ),
    Rule(r"175/0[1-35-9]", "", N, "Part 2 of the 2003 Act, or no such victim"),
)
_PARTS = (
    Rule(r"(016|017|019|020|021|022|023|070|071|072|073|074)/", "", Y, "Part 1 of the 2003 Act, or listed in s.2"),
    Rule(r"088/(0[125679]|1[01245])", "", Y, "Part 1 of the 2003 Act"),
    Rule(r"024/1[78]", "", Y, "ss.52, 53 of the 2003 Act"),
    Rule(r"025/02", "", Y, "s.17 of the 1956 Act: listed"),
    Rule(r"167/0[12]", "", Y, "ss.51A, 53A of the 2003 Act"),
    Rule(r"036/08", "", Y, "s.2 of the Modern Slavery Act 2015"),
    Rule(r"024/19|107/|166/|142/1[34]|192/04|088/90|026/", "", N, "brothels, premises, bigamy: no such victim"),
)
_OPEN = (
    Rule(r"018/|024/|025/|027/|139/|165/|175/|164/12|109/06", "", UNKNOWN, "older offences: s.2 lists only part of them"),
    Rule(r"008/52|066/97|068/04", "", UNKNOWN, "victims are anonymous under a law of their own (2003 and 2014 Acts)"),
    Rule(r"008/7[12]", "", UNKNOWN, "s.66A, 66B of the 2003 Act now have what this held"),
    Rule(r"086/0[45]", "", N, "video recordings"),
    Rule(r"086/", "", UNKNOWN, "images: their making may be a listed offence"),
    Rule(r"028/0[012]|029/00|030/0[01]|031/00", "", UNKNOWN, "held burglary with intent to rape until 30 April 2004"),
    Rule(r"005/0[45]", "", UNKNOWN, "choking or drugging to commit an offence that is not named"),
    Rule(r"036/11|078/(13|19|20|21)|099/2[56]", "", UNKNOWN, "trafficking and slavery of any purpose"),
    Rule(r"036/12", "", N, "an order"),
    Rule(r"125/28", "", N, "chanting"),
    Rule(r"000/|098/00|099/00|950/(0[0259]|13)", "", UNKNOWN, "a class for all else"),
)

HO_SEXUAL = (*_EXCEPTED, *_PARTS, *_OPEN, Rule("", SOUNDS_SEXUAL, UNKNOWN, "sounds sexual, and no rule tells"))

HO_SLAVERY = (
    Rule(r"036/08|036/11|099/2[56]|072/|078/(13|19|20|21)", "", Y, "trafficking, slavery, servitude"),
    Rule(r"036/12", "", N, "an order"),
    Rule(r"093/", r"drug", N, "drugs"),
    Rule(r"024/|071/", "", N, "prostitution, ss.47-53 of the 2003 Act: not trafficking"),
    Rule(r"000/|098/00|099/00|950/(0[0259]|13)", "", UNKNOWN, "a class for all else"),
    Rule(r"005/0[45]", "", UNKNOWN, "choking or drugging to commit an offence that is not named"),
    Rule("", SOUNDS_LIKE_SLAVERY, UNKNOWN, "sounds like it, and no rule tells"),
)


def ho_flags(rows: Mapping[str, tuple[str, bool]]) -> dict[str, tuple[str, str]]:
    """(sexual, modern slavery) by classification, from title and whether it is generic."""
    return {code: (_one(HO_SEXUAL, code, rows), _one(HO_SLAVERY, code, rows)) for code in rows}


def _one(rules: tuple[Rule, ...], code: str, rows: Mapping[str, tuple[str, bool]]) -> str:
    title, is_generic = rows[code]
    own = first_flag(rules, code, title)
    if not is_generic:
        return own
    members = {first_flag(rules, other, rows[other][0]) for other in rows if other[:3] == code[:3]}
    return own if members == {own} else UNKNOWN


RECORDED_SEXUAL: Mapping[str, tuple[str, str]] = {
    "23": (UNKNOWN, "holds ss.64 and 65 of the 2003 Act, which are excepted"),
    "24": (UNKNOWN, "ss.52 and 53 of the 2003 Act, and older offences that s.2 does not list"),
    "27": (UNKNOWN, "s.51A of the 2003 Act, and older offences that s.2 does not list"),
    "36": (UNKNOWN, "the Home Office class holds s.2 of the Modern Slavery Act 2015, too"),
    "66": (UNKNOWN, "holds breaches of forced marriage orders, whose victims are anonymous under a law of their own"),
    "86": (UNKNOWN, "images: their making may be a listed offence"),
    "88C": (UNKNOWN, "holds s.71 of the 2003 Act, which is excepted"),
    "88D": (UNKNOWN, "holds s.69 of the 2003 Act, which is excepted"),
    "8R": (UNKNOWN, "held the disclosure of private sexual images, which s.66B of the 2003 Act has now"),
    "99": (UNKNOWN, "a class for all else"),
    "106": (UNKNOWN, "s.2 of the Modern Slavery Act 2015 is listed, ss.1 and 4 are not"),
    **dict.fromkeys(("28A", "28B", "29", "30A", "30B", "31"), (UNKNOWN, "held burglary with intent to rape until 2004")),
}
"""Recorded-crime codes that are not what their group says: Y for the group of sexual offences, N for the others."""

RECORDED_SLAVERY: Mapping[str, tuple[str, str]] = {
    "106": (Y, "Modern Slavery Act 2015"),
    "72": (Y, "Sexual Offences Act 2003 ss.57-59A"),
    "36": (UNKNOWN, "the Home Office class holds s.2 of the Modern Slavery Act 2015, too"),
    "99": (UNKNOWN, "the Home Office class holds slavery under the Coroners and Justice Act 2009, too"),
}
"""Recorded-crime codes that are not plainly N."""


def recorded_flags(code: str, group: str) -> tuple[str, str]:
    """(sexual, modern slavery) of a recorded-crime code."""
    default = Y if group == "Sexual offences" else N
    return RECORDED_SEXUAL.get(code, (default, ""))[0], RECORDED_SLAVERY.get(code, (N, ""))[0]
