"""The rules of trading as pure functions: standard library only, exact numbers, time passed in."""
