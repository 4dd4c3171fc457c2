"""Scikit-learn models behind AWS Lambda: the code that is deployed."""

__version__ = "0.1.0"
