"""Problem sets with nbgrader: what an instructor runs, and the grading that code cannot steer."""

import sys

# For addresses that no notebook has, jsonschema would read a grammar when it is imported, which
# takes each process longer than all its other imports together. It does without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
