"""Discipline: what keeping to the plan, or not, brought and cost (docs/NUMBERS.md, "Discipline")."""
