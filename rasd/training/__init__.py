"""Training: the only part of rasd that imports datasets, accelerate and evaluate."""
