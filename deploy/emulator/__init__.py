"""The process that emulates AWS: MiniStack, with AWS's documented behaviour where it differs."""
