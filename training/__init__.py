"""From a fitted scikit-learn estimator to a model folder that the function serves.

None of it is deployed. `make model` is its command; from Python it is
`training.export.export_model`.
"""
