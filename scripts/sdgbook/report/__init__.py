"""Facts, charts, tables, number and date formats: what chapters import."""
