"""The raw archive: accepted files, and the journal that says how the warehouse came to be."""
