"""The API of moderation."""
