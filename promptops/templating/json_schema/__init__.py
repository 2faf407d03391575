"""JSON values against JSON Schemas, by jsonschema-rs: what is checked, in which order, and how it is said.

`validator` is the door. `schema_cleaning` brings a schema to what the library takes, `python_patterns` its patterns,
`json_values` the values; `pattern_process` runs the few patterns that no engine of the library reads, and
`error_words` says what does not fit.
"""
