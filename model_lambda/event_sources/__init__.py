"""One adapter a source: the only places that know AWS's dictionaries."""
