"""Build, check, deploy and run the service, locally or on AWS."""
