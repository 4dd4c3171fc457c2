"""Trains the iris model and exports it for both engines: `python -m training.iris --help`.

Its fields and labels are those of its marshmallow schema, and it is deployed behind a class.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_validate, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from model_lambda.engines import ENGINES
from model_lambda.models.iris.iris_model import IrisModel
from model_lambda.models.iris.schemas import SPECIES, IrisInputSchema
from training.class_export import export_for
from training.report import ExportReport

SEED = 42
LABEL = "species"


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


def as_table(features: NDArray[np.float64], species: NDArray[np.int64]) -> pd.DataFrame:
    """Measurements under their names in the schema, with the species: an example for an export."""
    return pd.DataFrame(features, columns=list(IrisInputSchema().fields)).assign(species=species)


def train(output: Path = IrisModel.model_files) -> list[ExportReport]:
    """Fit the chosen pipeline on the training part, and export it for each engine.

    Args:
        output: a folder, for one folder an engine.

    Raises:
        ExportError: what would be served differs.
    """
    data = load_data()
    pipeline = candidates()["svc"].fit(data.train_features, data.train_species)
    return [export(pipeline, data, output / engine, engine) for engine in ENGINES]


def export(pipeline: Pipeline, data: IrisData, folder: Path, engine: str = "onnx") -> ExportReport:
    """Export a fitted pipeline as the iris model, measured on the flowers held out.

    Raises:
        ExportError: what would be served differs.
    """
    return export_for(
        IrisModel,
        pipeline,
        as_table(data.train_features, data.train_species),
        engine=engine,
        folder=folder,
        hold_out=as_table(data.test_features, data.test_species),
        label=LABEL,
        labels=dict(enumerate(SPECIES)),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.iris", description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=IrisModel.model_files,
        help="folder to write to (default: the files that are packaged)",
    )
    output = parser.parse_args(arguments).output
    print(f"Training the iris model (seed {SEED}) ...")
    for report in train(output):
        print(f"{report}\n")


if __name__ == "__main__":
    main()
