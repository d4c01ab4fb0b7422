"""The benchmark: this server beside its rivals and its ceilings, on the same work."""
