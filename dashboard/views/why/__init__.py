"""What figures rest on: formula, grades, factors, meters, ledger; each meter leads to its readings."""
