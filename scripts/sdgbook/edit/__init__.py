"""For staff: what checks their edits and writes files in canonical form."""
