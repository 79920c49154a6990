"""The problem sets and their grading, as an instructor runs them."""
