"""From text to claims: counts, percentages and their denominators."""
