"""The budgets, one file each. `python -m benchmarks` measures all and prints JSON."""
