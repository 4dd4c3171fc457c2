"""Trains the penguins model and exports it to be deployed: `python -m training.penguins`.

A table with categories and missing values. `training/reference/penguins`, which `make train`
writes, is the same model, not deployed. The data are the Palmer penguins, CC0
(https://allisonhorst.github.io/palmerpenguins/), from their package on PyPI.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import joblib
import pandas as pd
from palmerpenguins import load_penguins
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from training.export import export_model
from training.report import ExportReport

# What `make train` writes: it is compared and shown, and not deployed.
REFERENCE = Path(__file__).parent / "reference" / "penguins"
SEED = 42
LABEL = "species"
CATEGORIES = {"island": ["Biscoe", "Dream", "Torgersen"], "sex": ["female", "male"]}
FIELDS = {
    "island": {"description": "Where the penguin was seen."},
    "sex": {"description": "Sex of the penguin."},
    "bill_length_mm": {"unit": "mm", "description": "Length of the bill."},
    "bill_depth_mm": {"unit": "mm", "description": "Depth of the bill."},
    "flipper_length_mm": {"unit": "mm", "description": "Length of the flipper."},
    "body_mass_g": {"unit": "g", "description": "Body mass."},
}
MEASUREMENTS = [name for name in FIELDS if name not in CATEGORIES]


class Penguins(NamedTuple):
    """Tables with the fields and the species, split by a stratified draw."""

    train: pd.DataFrame
    hold_out: pd.DataFrame


def load_data() -> Penguins:
    """Load the 344 penguins, of which 11 lack the sex and 2 of them all else, and hold out 69."""
    table = load_penguins()[[*FIELDS, LABEL]]
    # Some of those that lack a value are held out, too.
    strata = table[LABEL] + table.isna().any(axis=1).map(str)
    return Penguins(*train_test_split(table, test_size=69, stratify=strata, random_state=SEED))


def pipeline() -> Pipeline:
    """Boosted trees, which take a missing number as it is; one-hot categories, none if missing."""
    columns = make_column_transformer(
        (
            OneHotEncoder(categories=list(CATEGORIES.values()), handle_unknown="ignore"),
            list(CATEGORIES),
        ),
        ("passthrough", MEASUREMENTS),
        sparse_threshold=0,
    )
    return make_pipeline(columns, _trees())


def _trees() -> HistGradientBoostingClassifier:
    # Chosen for its size: 34 kB. 50 rounds of trees of full size are 116 kB.
    return HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, random_state=SEED)


def fit(penguins: Penguins) -> Pipeline:
    """The pipeline, fitted on the training part."""
    return pipeline().fit(penguins.train.drop(columns=LABEL), penguins.train[LABEL])


def train(folder: Path | None = None) -> ExportReport:
    """Fit the pipeline, compare it with what is served, and write the model's folder.

    Args:
        folder: to write to; `model_lambda/models/penguins/1.0`, where it is deployed, if None.

    Raises:
        ExportError: what would be served differs.
    """
    penguins = load_data()
    return export_model(
        fit(penguins),
        penguins.train,
        name="penguins",
        folder=folder,
        hold_out=penguins.hold_out,
        label=LABEL,
        fields=FIELDS,
        description="Predicts the species of a penguin from its measurements, island and sex. "
        "Data: Palmer penguins (Gorman, Williams and Fraser 2014), CC0.",
    )


def save(folder: Path) -> None:
    """Write what `make model` is given: the fitted estimator and the two tables."""
    penguins = load_data()
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(fit(penguins), folder / "penguins.joblib")
    penguins.train.to_csv(folder / "penguins.csv", index=False)
    penguins.hold_out.to_csv(folder / "penguins_hold_out.csv", index=False)
    print("Wrote penguins.joblib, penguins.csv and penguins_hold_out.csv")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.penguins", description=__doc__)
    parser.add_argument("--save", type=Path, help="a folder: write estimator and tables instead")
    parser.add_argument("--output", type=Path, help="to write to (default: where it is deployed)")
    args = parser.parse_args(arguments)
    if args.save:
        save(args.save)
        return
    print(f"Training the penguins model (seed {SEED}) ...")
    print(train(args.output))


if __name__ == "__main__":
    main()
