"""Forms: they check the shape of what was typed and never save."""
