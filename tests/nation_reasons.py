"""Why a figure of the simulated nation differs from its source: shown beside those that do."""

_EPISODE = "an episode of this window: a force falls silent, another's quality collapses, a major incident"
_YEAR = "the nation is calibrated to the year ending March 2025; these rows are of the winter 2018-19"

KINDS = {
    "incident": _EPISODE,
    "custody": "an arrest is a step of a crime's life (`lives.py`); some come after the window",
}
THEMES = {
    "shoplifting": "half of the crimes come of a log and are recorded an hour or more later, by the mix of that later hour, "
    "when shops are emptier (of those 7.3 %, of the others 7.8 %, published 8.0 %); what is left is chance",
}
_LESS = f"{_YEAR}: violence has a smaller share of crime in it, so all others have a larger one"
CATEGORIES = {
    **dict.fromkeys(("bicycle-theft", "burglary", "criminal-damage-arson", "drugs", "other-crime", "other-theft"), _LESS),
    **dict.fromkeys(("possession-of-weapons", "public-order", "robbery", "vehicle-crime"), _LESS),
    "shoplifting": f"{_YEAR}; shoplifting has risen since",
    "theft-from-the-person": f"{_YEAR}, with London: theft from the person is more often there, and has risen since",
    "violent-crime": f"{_YEAR}: violence as published, and 209,000 sexual offences",
}
FORCES = _EPISODE
HOURS = {"01": "some 40 searches: just beyond three standard errors, one of 24 such figures"}
VERSIONS = "the load model counts each entry of a log; here a record is sent again when what is shared of it has changed"
