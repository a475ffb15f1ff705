"""Text from elsewhere, made safe to show."""


def printable(text: str) -> str:
    """`text` without control characters: what a force wrote must not steer an agency's terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
