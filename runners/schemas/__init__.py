"""JSON Schemas of the files that others read: the report, line by line, and the certificate."""
