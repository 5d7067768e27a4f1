"""Tests of the model tools and of the packs and images that the repository carries."""
