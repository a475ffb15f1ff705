"""Adapters: from a force system's files to submissions. Pure generators from lines to rows."""
