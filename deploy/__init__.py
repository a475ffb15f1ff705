"""Where it runs: settings, embedded broker, provisioning, metrics, command line, demo."""
