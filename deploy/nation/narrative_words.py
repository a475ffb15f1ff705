"""Words that depend on who is spoken of: pronouns, what relatives are called, what people call out. Pure tables.

Nothing here names anybody. The Welsh, Punjabi, Urdu and Polish words are everyday ones.
"""

from deploy.nation.scene import Person

PRONOUNS = {
    "MALE": {"he": "he", "him": "him", "his": "his", "was": "was", "has": "has"},
    "FEMALE": {"he": "she", "him": "her", "his": "her", "was": "was", "has": "has"},
}
THEY = {"he": "they", "him": "them", "his": "their", "was": "were", "has": "have"}
"""Of whoever is neither, or is not known."""

UNKNOWN = {
    "V": (("the IP", "a resident", "a passer-by", "the occupant"), "the IP"),
    "S": (
        (
            "an unknown male (IC1, 20s)", "unknown suspect(s)", "an unknown male (IC3, 5ft 10, dark clothing)",
            "an unidentified female (IC1, 30s)", "a male with face covered", "person(s) unknown",
            "an unknown male (IC4, slim build)", "a youth (IC1, grey tracksuit)",
        ),
        "the suspect",
    ),
    "W": (("a member of the public", "an anonymous caller", "a passing motorist", "the informant"), "the informant"),
    "P": (("a person", "somebody not yet identified", "an unknown male", "an unknown female"), "the person"),
    "Q": (("an unknown male", "an unknown female", "an associate not yet identified", "a second person"), "the other"),
    "C": (("a child", "a young person"), "the child"),
}  # fmt: skip
"""By letter of the phrases: what stands where the scene has nobody, at first and then again."""

POSSESSIVES = {
    "V": "the IP's", "S": "the suspect's", "W": "the caller's", "P": "the subject's", "Q": "the other's", "C": "the child's",
}  # fmt: skip

KIN_WORDS = {
    "english": {"mother": "mum", "father": "dad", "grandmother": "nan", "grandfather": "grandad"},
    "welsh": {"mother": "mam", "father": "tad", "grandmother": "nain", "grandfather": "taid"},
    "south-asian": {"mother": "ammi", "father": "abbu", "brother": "bhai", "sister": "baji", "grandmother": "nani"},
    "polish": {"mother": "mama", "father": "tata", "grandmother": "babcia", "brother": "brat", "sister": "siostra"},
}
"""What people call their relatives, by language. What is not here is called as the household has it."""

CRIES = {
    "english": ("leave me alone", "get off me", "I've done nothing", "ask anyone", "you'll be sorry", "I just want to go home"),
    "welsh": ("gad lonydd i mi", "paid!", "cer o 'ma", "dw i'n iawn", "sa i'n gwybod dim", "dw i isio mynd adre"),
    "south-asian": ("bas karo", "chhad de mainu", "main theek hoon", "mujhe ghar jaana hai", "tusi jao", "meri galti nahin"),
    "polish": ("zostaw mnie", "daj spokój", "nic mi nie jest", "nie rozumiem", "to nie ja", "chcę do domu"),
}
"""What people call out, by language."""

_WELSH = frozenset(("dyfed-powys", "gwent", "north-wales", "south-wales"))
_POLISH, _SOUTH_ASIAN = "POL", frozenset(("A1", "A2", "A3"))


def language_of(person: Person) -> str:
    """A language that the person may fall into: one of CRIES."""
    if person.nationality == _POLISH:
        return "polish"
    if person.ethnicity in _SOUTH_ASIAN:
        return "south-asian"
    return "welsh" if person.home.force in _WELSH else "english"
