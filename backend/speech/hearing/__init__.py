"""Mien's own ear: from sound to the probability of every phone, a hundred times a second."""
