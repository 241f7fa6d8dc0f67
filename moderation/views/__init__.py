"""Pages about reports and decisions."""
