"""Problem sets with nbgrader: what an instructor runs, and the grading that code cannot steer."""
