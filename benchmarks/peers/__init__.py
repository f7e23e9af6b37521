"""Other ways to keep the same models up to date, each made from the same SQL: benchmarks/models."""
