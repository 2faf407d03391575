"""The only user of databases and result files: reply cache and journal. Imports model and errors."""
