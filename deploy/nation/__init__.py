"""The synthetic nation: people who do not exist, what happens to them, what the forces write of it, and the truth beside it."""
