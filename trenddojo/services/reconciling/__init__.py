"""Setting an account's books beside what its broker tells: both sides' figures, their comparison, and its history."""
