"""The contract: what two sides of a topic agree on. Pure: no network, no clock, no environment."""
