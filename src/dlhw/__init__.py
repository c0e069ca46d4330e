"""A deep-learning homework as working software."""

__version__ = "0.1.0"
