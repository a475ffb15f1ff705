"""The force side: adapters, checks before sending, outbox, publisher."""
