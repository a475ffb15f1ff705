"""The hub: standardise, decide, sanitise, disseminate; the pump; the ledger topic."""
