"""What everything else speaks of: lineages, tables, units, criteria, cohorts, findings."""
