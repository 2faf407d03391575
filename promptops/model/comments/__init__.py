"""What people ask for in comments on a pull request: frozen values. Imports model only; forge reads such lines."""
