"""Corpus formats: one file a format, each reading to `Sentence`s."""
