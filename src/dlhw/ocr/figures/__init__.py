"""Pictures of trainings, of mistakes, and of where the network looked."""
