"""Writes what is made from the code: the OpenAPI document, its page, and what osls reads."""
