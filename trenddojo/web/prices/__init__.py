"""The room of past prices."""
