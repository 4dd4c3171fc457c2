"""The HTTP interface, without any of AWS's dictionaries."""
