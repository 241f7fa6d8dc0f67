"""Views by subject: each checks the shape, calls one service or query, and shapes the answer."""
