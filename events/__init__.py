"""The events that the function is tested with, each with its complete expected answer.

``name.json`` and ``name.response.json`` in this folder are the events of the guide; ``catalogue``
holds several hundred more, built from the same files. Neither knows ``model_lambda``: what is
expected is written from the contract, never taken from the code.
"""
