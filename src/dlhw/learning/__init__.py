"""What the networks share: the loop, checkpoints and run directories. Knows neither images nor words."""
