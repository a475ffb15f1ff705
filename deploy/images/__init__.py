"""Images for tests with a Docker engine."""
