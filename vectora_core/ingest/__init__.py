"""The daily ingest: from the sources a client follows to its dated, de-duplicated items."""
