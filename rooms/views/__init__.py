"""The pages of this app: `pages` (home, create, upcoming) and `room` (the room itself)."""
