"""The iris model: the species of an iris flower from four measurements."""
