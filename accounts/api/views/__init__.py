"""Views of people's API."""
