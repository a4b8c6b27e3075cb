"""The model: its configuration, its heads, and the joint network over one encoder pass."""
