"""Prediction: from a checkpoint to events, without any package that training needs."""
