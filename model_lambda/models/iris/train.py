"""Trains the iris model: ``python -m model_lambda.models.iris.train --help``."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import StratifiedKFold, cross_validate, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from model_lambda.build_time.model_export import Feature, export_classifier
from model_lambda.models.iris.schemas import SPECIES, IrisInputSchema

SEED = 42
PACKAGED_FILES = Path(__file__).parent / "model_files"


class IrisData(NamedTuple):
    """Measurements (n, 4) in cm and species (n,) as 0..2, split by a stratified draw."""

    train_features: NDArray[np.float64]
    test_features: NDArray[np.float64]
    train_species: NDArray[np.int64]
    test_species: NDArray[np.int64]


def load_data() -> IrisData:
    """Load the 150 flowers and hold out 30 of them, ten of each species."""
    measurements, species = load_iris(return_X_y=True)
    return IrisData(
        *train_test_split(measurements, species, test_size=30, stratify=species, random_state=SEED)
    )


def candidates() -> dict[str, Pipeline]:
    """The pipelines that were compared, the chosen one first; all scaled and seeded."""
    # ensemble=False keeps one SVC instead of five: a fifth of the file and of the time.
    calibrated_svc = CalibratedClassifierCV(SVC(C=1.0), cv=folds(), ensemble=False)
    return {
        "svc": make_pipeline(StandardScaler(), calibrated_svc),
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
        "random forest": make_pipeline(
            StandardScaler(), RandomForestClassifier(n_estimators=100, random_state=SEED)
        ),
    }


def folds() -> StratifiedKFold:
    """Five seeded folds with the same share of each species."""
    return StratifiedKFold(n_splits=5, shuffle=True, random_state=SEED)


def cross_validation_scores(pipeline: Pipeline, data: IrisData) -> dict[str, float]:
    """Mean accuracy and log loss over five folds of the training part."""
    scores = cross_validate(
        pipeline,
        data.train_features,
        data.train_species,
        cv=folds(),
        scoring=("accuracy", "neg_log_loss"),
    )
    return {
        "cross_validation_accuracy": round(float(scores["test_accuracy"].mean()), 4),
        "cross_validation_log_loss": round(float(-scores["test_neg_log_loss"].mean()), 4),
    }


def hold_out_scores(pipeline: Pipeline, data: IrisData) -> dict[str, float]:
    """Accuracy and log loss of a fitted pipeline on the flowers held out."""
    probabilities = pipeline.predict_proba(data.test_features)
    predicted = pipeline.predict(data.test_features)
    return {
        "hold_out_accuracy": round(float(accuracy_score(data.test_species, predicted)), 4),
        "hold_out_log_loss": round(float(log_loss(data.test_species, probabilities)), 4),
    }


def train(output: Path) -> Path:
    """Fit the chosen pipeline on the training part, measure it, and write its files.

    Returns:
        The path of the manifest.
    """
    data = load_data()
    pipeline = candidates()["svc"]
    metrics = cross_validation_scores(pipeline, data)
    pipeline.fit(data.train_features, data.train_species)
    return export_classifier(
        pipeline,
        output,
        qualified_name="iris_model",
        version="1.0",
        features=_features(data),
        labels=SPECIES,
        metrics=metrics | hold_out_scores(pipeline, data),
        golden_rows=_golden_rows(data),
    )


def _features(data: IrisData) -> list[Feature]:
    ranges = zip(data.train_features.min(axis=0), data.train_features.max(axis=0), strict=True)
    return [
        Feature(name, "cm", float(low), float(high))
        for name, (low, high) in zip(IrisInputSchema().fields, ranges, strict=True)
    ]


def _golden_rows(data: IrisData) -> NDArray[np.float64]:
    """Two held-out flowers of each species."""
    picked = [np.flatnonzero(data.test_species == species)[:2] for species in range(len(SPECIES))]
    return data.test_features[np.concatenate(picked)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m model_lambda.models.iris.train",
        description="Train the iris model and write its .onnx, .skops and manifest files.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=PACKAGED_FILES,
        help="folder to write to (default: the files that are packaged)",
    )
    output = parser.parse_args(arguments).output
    print(f"Training the iris model (seed {SEED}) ...")
    manifest = train(output)
    print(manifest.read_text())
    print(f"Wrote {', '.join(sorted(path.name for path in manifest.parent.iterdir()))}")


if __name__ == "__main__":
    main()
