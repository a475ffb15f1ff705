"""Rules for two flags of an offence, used by `make_reference.py`: is its victim anonymous by law, and is it modern slavery?

`sexual` is Y where the Sexual Offences (Amendment) Act 1992 s.2 covers the offence: Part 1 of the Sexual Offences Act 2003
except ss.64, 65, 69 and 71; the older offences that s.2 lists; trafficking under s.2 of the Modern Slavery Act 2015; attempts,
conspiracies, incitement and aiding. `modern_slavery` is Y for ss.1, 2 and 4 of the Modern Slavery Act 2015 and what stood
before them (Sexual Offences Act 2003 ss.57-59A, Asylum and Immigration Act 2004 s.4, Coroners and Justice Act 2009 s.71).

Both are UNKNOWN where a code holds offences of both sorts or can't be told: a title that sounds sexual is never N unless a
rule here says why. The first rule that fits decides. What s.2 lists of the older offences is from memory (RECALLED): where
that is not certain, the rule says UNKNOWN.
"""

import re
from dataclasses import dataclass

Y, N, UNKNOWN = "Y", "N", "UNKNOWN"


@dataclass(frozen=True)
class Rule:
    """A rule over a code and its title, both by regular expression: `code` from its start, `title` anywhere, any case."""

    code: str
    title: str
    flag: str
    reason: str

    def fits(self, code: str, title: str) -> bool:
        """Whether the rule says something of this offence."""
        return bool(re.match(self.code, code) and re.search(self.title, title, re.IGNORECASE))


SOUNDS_SEXUAL = (
    r"sex(?!tant)|\brap(e|ing)\b|indecen|obscen|prostitut|brothel|bugger|incest|intercourse|voyeur|groom|porn|carnal|genital"
    r"|paedo|lewd|immoral|penetrat|intimate (image|photo|state|relation to)|importun|homosexual|infibulat"
)
"""A title with one of these is never N by default."""

SOUNDS_LIKE_SLAVERY = r"slave|servitude|forced.{0,15}labour|compulsory labour|traffick|exploitation"
"""As above, for modern slavery."""

_ORDER = (
    r"^application|^appeal|notif(y|ication)|breach|closure (order|notice)|section 136|sex offenders? (register|order)"
    r"|false (information|name)|fail(ure)? (to )?comply|requirement|restraining order|risk of sexual harm order"
    r"|foreign travel order|parental direction|parent fail|sex offender (fail|give)"
)
_MARRIAGE = r"marriage protection|forced marriage|enter(ing)? into a marriage|genital mutilat|mutilate.{0,30}(genital|labia)"
_MARRIAGE += r"|female genital|infibulat|risk of genital"
_TRAVEL = r"(arriv|entry|travel|depart|traffick|persons? (in|with|out)).*(exploit|traffick)"

_ANONYMITY = (
    Rule("", _MARRIAGE, UNKNOWN, "its victims are anonymous under a law of their own (2003 and 2014 Acts)"),
    Rule("SA92", "", UNKNOWN, "it is about the identity of such a victim"),
)
_PART_ONE = (
    Rule("SX03", r"adult relative", N, "ss.64, 65: excepted"),
    Rule("SX03", r"animal", N, "s.69: excepted"),
    Rule("SX03", r"public lavatory", N, "s.71: excepted"),
    Rule("SX03(5|A62|A63|A65|A66)", "", N, "an application, or Part 2 of the 2003 Act"),
    Rule("SX03", _ORDER + "|obstruct a constable", N, "Part 2 of the 2003 Act: notification, orders, closure"),
    Rule("SX03", "", Y, "Part 1 of the 2003 Act"),
)
_OLDER = (
    Rule("SX56", r"detain|frequenter|inmate", UNKNOWN, "ss.22-24 of the 1956 Act: not in s.2, but a person is the victim"),
    Rule("SX56", r"brothel|permit (use of )?premises|letting premises", N, "ss.33-36 of the 1956 Act: not in s.2"),
    Rule("SX56", r"\brape|incest|bugger|indecent assault(?! on a girl under 16$)|indecent assault - age", Y, "listed in s.2"),
    Rule("SX56", r"procuring woman (by|who is def)|intercourse with (woman def|girl)|drugs? to", Y, "listed in s.2"),
    Rule("SX", "", UNKNOWN, "an older Act on sexual offences: s.2 lists only part of it"),
    Rule("IC60", "", Y, "Indecency with Children Act 1960 s.1: listed"),
    Rule("MH59", SOUNDS_SEXUAL, Y, "Mental Health Act 1959 s.128: listed"),
    Rule("CL77015", "", Y, "Criminal Law Act 1977 s.54: listed"),
    Rule("CL77(021|032)", "", UNKNOWN, "conspiracy to commit a sexual offence that is not named"),
    Rule("SO96(001|00[2-6]|008|009|01[0-4])", "", Y, "conspiracy or incitement to a listed offence"),
    Rule("TH68", r"\brape", Y, "burglary with intent to rape: listed"),
    Rule("COML", r"\brape", Y, "attempted rape"),
    Rule("SA00", "", UNKNOWN, "abuse of trust under the 2000 Act"),
    Rule("OF61132|VG24010", "", UNKNOWN, "an older sexual offence: whether s.2 lists it can't be told"),
)
_TRAFFICKING = (
    Rule("MS15003|MS15004", "", Y, "Modern Slavery Act 2015 s.2: listed"),
    Rule("MS1500[1256]", "", UNKNOWN, "ss.1 and 4 of the 2015 Act: with or without sexual exploitation"),
    Rule("MS15|SE20|SC15(?!003)", "", N, "orders and powers, not an offence against a person's sex life"),
    Rule("AI04|CJ09|NI02", SOUNDS_LIKE_SLAVERY, UNKNOWN, "trafficking before the 2015 Act, for any purpose"),
)
_OPEN_ENDED = (
    Rule("SC07(?!005|009|013)", "", UNKNOWN, "encouraging or assisting an offence that is not named"),
    Rule("CL67(?!010|A03)", r"assist", UNKNOWN, "assisting an offender whose offence is not named"),
    Rule("CL77(020|031|036|042)", "", UNKNOWN, "conspiracy to an offence that is not named"),
    Rule("COML(010|050|A01)", "", UNKNOWN, "an offence that is not named"),
    Rule(
        "AF06|AI55|AR55|NV57",
        r"s\.?39|s\.?40|criminal conduct|civil offence|indecen|attempt to commit|encourage",
        UNKNOWN,
        "service law",
    ),
    Rule(
        "OF61", r"indictable offence|commission of indic", UNKNOWN, "choking or drugging to commit an offence that is not named"
    ),
)
_HARMLESS = (
    Rule(
        "CD98|SF97|RE|SO59|LM82|PS00|PU36|LG|GL|LN",
        r"sex offender|sex establish|sex shop|prostitut|indecent|obscene",
        N,
        "no such victim",
    ),
    Rule(
        "",
        r"sex (establishment|shop|encounter|discriminat)|sexual entertainment|licensed premises.*(prostitut|brothel)",
        N,
        "licensing",
    ),
    Rule(
        "",
        r"sex(ual)? (harm|risk|offen[cd]e\w*) (prevention )?order|^application",
        N,
        "an order, not an offence against a person",
    ),
    Rule(
        "",
        r"(obscene|lewd|indecent).{0,50}(language|gesture|clothing|chant)|(language|gesture|clothing).{0,50}(obscene|lewd)",
        N,
        "bad language",
    ),
    Rule("", r"captive bolt|sexual orientation", N, "slaughter; hatred on such a ground"),
)

CJS_SEXUAL = (
    *_ANONYMITY, *_PART_ONE, *_OLDER, *_TRAFFICKING, *_OPEN_ENDED, *_HARMLESS,
    Rule("", SOUNDS_SEXUAL, UNKNOWN, "sounds sexual, and no rule tells"),
)  # fmt: skip
"""CJS offence codes: the first four characters are the Act."""

CJS_SLAVERY = (
    Rule("MS1500[1-6]", "", Y, "Modern Slavery Act 2015 ss.1, 2, 4"),
    Rule("MS15", "", N, "orders and powers"),
    Rule("SX03(120|121|122|217|218|219|A61)", "", Y, "Sexual Offences Act 2003 ss.57-59A"),
    Rule(
        "SX03", r"sexual exploitation of a child|subject to sexual exploitation", N, "ss.47-50 of the 2003 Act: not trafficking"
    ),
    Rule("AI04", _TRAVEL, Y, "Asylum and Immigration (Treatment of Claimants) Act 2004 s.4"),
    Rule("CJ09", SOUNDS_LIKE_SLAVERY, Y, "Coroners and Justice Act 2009 s.71"),
    Rule("NI02", r"prostitut|s\.145", Y, "Nationality, Immigration and Asylum Act 2002 s.145"),
    *_OPEN_ENDED,
    Rule("CL77(029|040)", "", UNKNOWN, "conspiracy to an immigration offence that is not named"),
    Rule(
        "",
        r"drug|psychotropic|(petroleum|mineral|commercial|fish|resource).*exploit|exploit.*(petroleum|mineral|resource)",
        N,
        "goods",
    ),
    Rule("", SOUNDS_LIKE_SLAVERY, UNKNOWN, "sounds like it, and no rule tells"),
)

NO_OFFENCE = frozenset(("VP", "CR", "EF", "EM", "EX", "CB"))
"""Categories of court business that is no offence: applications, civil proceedings, fines, maintenance, breaches."""


def first_flag(rules: tuple[Rule, ...], code: str, title: str) -> str:
    """What the first rule that fits says; N where none does."""
    return next((rule.flag for rule in rules if rule.fits(code, title)), N)


def cjs_flags(code: str, title: str, category: str) -> tuple[str, str]:
    """(sexual, modern slavery) of a CJS offence code without the letter of an attempt, conspiracy or aid."""
    if category in NO_OFFENCE:
        return N, N
    return first_flag(CJS_SEXUAL, code, title), first_flag(CJS_SLAVERY, code, title)
