"""From headers and cells to what each column means."""
