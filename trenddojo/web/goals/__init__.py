"""The room of goals and streaks."""
