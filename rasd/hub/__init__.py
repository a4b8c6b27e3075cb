"""What makes a checkpoint a repository of the Hugging Face Hub: code of its own, a card, a demo, and the push."""
