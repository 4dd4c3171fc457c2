"""What runs before a deployment and is never packaged: exporting models, writing their files."""
