"""Groups of patients held against each other: incidences, hazards, and any other column."""
