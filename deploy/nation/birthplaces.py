"""Where somebody was born: a large town of the country of their nationality, which identifies nobody. Pure."""

from collections.abc import Mapping
from zlib import crc32

from deploy.nation.scene import Person

TOWNS: Mapping[str, tuple[str, ...]] = {
    "GBR": (
        "Birmingham", "Bristol", "Cardiff", "Coventry", "Derby", "Exeter", "Gateshead", "Huddersfield", "Hull", "Leeds",
        "Leicester", "Liverpool", "London", "Manchester", "Newcastle upon Tyne", "Nottingham", "Plymouth", "Sheffield",
        "Southampton", "Stoke-on-Trent", "Swansea", "Wolverhampton",
    ),
    "BGD": ("Dhaka", "Sylhet"), "CHN": ("Fuzhou", "Guangzhou"), "GHA": ("Accra", "Kumasi"), "IND": ("Amritsar", "Mumbai"),
    "IRL": ("Cork", "Dublin"), "IRQ": ("Baghdad", "Erbil"), "NGA": ("Ibadan", "Lagos"), "PAK": ("Lahore", "Mirpur"),
    "POL": ("Gdansk", "Warszawa"), "ROU": ("Bacau", "Bucuresti"), "SOM": ("Hargeisa", "Mogadishu"), "SYR": ("Aleppo", "Homs"),
}  # fmt: skip
"""By nationality (ISO 3166 alpha-3). None of them is the name of anybody in the nation: a test holds this."""


def place_of_birth(person: Person) -> str:
    """The same for the same person. Of another nationality: a British town."""
    towns = TOWNS.get(person.nationality, TOWNS["GBR"])
    return towns[crc32(person.id.encode()) % len(towns)]
