"""Where models are written."""

from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent / "model_lambda" / "models"
