"""Parameters of serverless.yml for deployments that are tested."""

# The key is not tired by the tests.
UNTIRED = {"rate-limit": "5000", "burst-limit": "5000"}
