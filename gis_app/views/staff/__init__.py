"""Pages of those who work on tickets."""
