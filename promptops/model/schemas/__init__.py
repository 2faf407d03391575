"""The file formats as JSON Schema: one description for readers, lint and editors. No reader lives here."""
