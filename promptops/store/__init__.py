"""The only user of a database: the reply cache and the journal."""
