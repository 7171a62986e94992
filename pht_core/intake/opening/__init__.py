"""From bytes to tables as they stand in the files."""
