"""The built book as one PDF."""
