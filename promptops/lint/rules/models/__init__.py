"""P3: models, parameters, reply formats and tools."""
