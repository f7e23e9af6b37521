"""Runs an e-commerce analytics pipeline that lives inside PostgreSQL: moves files in, asks the database, prints."""
