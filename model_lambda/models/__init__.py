"""The models of this service, a package each."""
