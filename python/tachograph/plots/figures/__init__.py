"""One module for each figure: which panels it has, and where they stand."""
