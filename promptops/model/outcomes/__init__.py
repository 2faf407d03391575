"""What a command found, handed from workflows to report: frozen values. Imports model and errors only."""
