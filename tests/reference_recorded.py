"""Which recorded-crime code a Home Office classification is counted under, where that can be told. Used by `make_reference.py`.

The class number of `NNN/NN` is the number of the recorded-crime code only for part of the classes: `106` is betting in one
list and modern slavery in the other. So each class below was compared by its title in both lists, and what is split by letter
is from memory (RECALLED) of the counting rules. What is not here can't be told.
"""

import re

WHOLE_CLASSES = frozenset(
    (
        1, 2, 13, 14, 15, 21, 23, 24, 26, 27, 35, 36, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 51, 52, 54, 55, 59, 60, 66,
        67, 69, 70, 71, 72, 73, 76, 79, 80, 81, 83, 86, 90, 95, 99, 126, 802, 814,
    )
)  # fmt: skip
"""Classes whose title is the same in both lists, and that have one recorded-crime code of their number."""

NOT_OF_THEIR_CLASS = frozenset(("036/08", "036/11", "036/12", "073/03", "073/04", "073/05", "073/06", "099/25", "099/26"))
"""Slavery and notification, which were moved to other recorded-crime codes."""

SINGLE = {
    "003/01": "3B", "003/02": "3A",
    "004/01": "4/1", "004/02": "4/2", "004/03": "4/3", "004/04": "4/4", "004/06": "4/6", "004/07": "4/7", "004/08": "4/8",
    "004/09": "4/9", "004/10": "4/10",
    "005/01": "5D",
    "008/01": "8N", "008/06": "8N", "008/67": "8U", "008/72": "8R", "008/65": "8Q", "008/66": "8Q",
    "008/11": "10C", "008/28": "10C", "008/26": "10D", "008/27": "10D",
    "009/00": "59", "033/00": "33", "037/01": "37/1", "037/02": "37/2", "056/01": "56A", "056/02": "56B", "065/00": "62A",
    "017/13": "17A", "017/15": "17A", "017/14": "17B", "017/16": "17B",
    "019/07": "19D", "019/11": "19D", "019/08": "19C", "019/12": "19C", "019/16": "19E", "019/18": "19E",
    "019/09": "19G", "019/13": "19G", "019/10": "19F", "019/14": "19F", "019/17": "19H", "019/19": "19H",
    "020/03": "20A", "020/05": "20A", "020/04": "20B", "020/06": "20B",
    "022/02": "22A", "022/03": "22A", "022/04": "22A", "022/05": "22A",
    "058/01": "58J", "058/02": "58J", "058/03": "58J", "058/04": "58J",
    "088/01": "88A", "088/02": "88A", "088/03": "88D", "088/04": "88D", "088/11": "88D", "088/09": "88E", "088/10": "88E",
    "088/12": "88E", "088/05": "88C", "088/06": "88C", "088/07": "88C", "088/08": "88C",
    "105/01": "105A", "130/01": "48",
}  # fmt: skip
"""Classes that are split by letter: the subclass decides, by title."""

BY_TITLE = (
    (
        "008",
        r"^(Racially|Religiously|Racially or religiously) aggravated (malicious wound|wound|actual|ABH|assault occasion)",
        "8P",
    ),
    ("008", r"aggravated common assault", "105B"),
    ("008", r"aggravated (offence of harassment|putting people in fear)", "8M"),
    ("008", r"aggravated intentional harassment", "9B"),
    ("022", r"child under 16|girl under 16", "22B"),
    ("092", r"^Having possession (of a controlled drug )?with intent|^Supplying or offering", "92A"),
    ("092", r"^Having possession of a controlled drug - .*cannabis", "92E"),
    ("092", r"^Having possession of a controlled drug - (?!.*unspecified)", "92D"),
)
"""Class, title, recorded-crime code: the first that fits."""


def recorded_code(code: str, title: str, is_generic: bool) -> str:
    """The recorded-crime code of a classification, or empty. A generic one has the code of its class where that is one code."""
    if code in SINGLE:
        return SINGLE[code]
    number, _, _ = code.partition("/")
    if int(number) in WHOLE_CLASSES and code not in NOT_OF_THEIR_CLASS:
        return str(int(number))
    if is_generic:
        return ""
    return next(
        (found for group, pattern, found in BY_TITLE if group == number and re.search(pattern, title, re.IGNORECASE)), ""
    )
