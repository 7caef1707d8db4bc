"""Reading: tables at pinned versions, the canonical columns, what changed since the last run, rows without a place."""
