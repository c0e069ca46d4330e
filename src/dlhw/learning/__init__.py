"""What the networks share: the loop, checkpoints and run directories. Knows neither pictures nor words."""
