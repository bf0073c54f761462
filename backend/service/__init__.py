"""The local service that hosts speak to: jobs, takes and fast edits over HTTP on the loopback address. ``docs/service.md``."""

API = 1  # raise it when an old host would misunderstand a new service
