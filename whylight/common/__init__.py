"""General helpers: paths, sorting, memory, atomic writing."""
