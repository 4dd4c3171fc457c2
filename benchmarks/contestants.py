"""Who is compared with whom: one row a contestant."""

from dataclasses import dataclass
from pathlib import Path

from events.limits import INVOCATION_BYTES

COMPETITORS = Path(__file__).parent / "competitors"
OURS = "model_lambda"

ENDPOINTS = ("list", "metadata", "predict", "predictions")
_PYDANTIC = (
    "annotated-types", "pydantic", "pydantic-core", "typing-extensions", "typing-inspection",
)  # fmt: skip
_LOADERS = {"onnx": "onnxruntime:InferenceSession", "skops": "skops.io:loads",
            "pickle": "pickle:loads"}  # fmt: skip


@dataclass(frozen=True)
class Contestant:
    """One way to answer the same requests with the same model.

    Attributes:
        key: its name in results and on the command line.
        title: its name in tables and plots.
        package: the top-level package of its own code.
        wheels: every distribution it needs; empty for this project, which builds itself.
        model: the format of its model file: `onnx`, `skops`, `pickle`, or none.
        endpoints: those of the measured requests that it answers.
        handler: what the runtime client is told to call, below `package`.
    """

    key: str
    title: str
    package: str
    wheels: tuple[str, ...] = ()
    model: str | None = "onnx"
    endpoints: tuple[str, ...] = ENDPOINTS
    handler: str = "lambda_function.lambda_handler"

    @property
    def handler_path(self) -> str:
        """The handler as the runtime client wants it."""
        return f"{self.package}.{self.handler}"

    @property
    def loader(self) -> str | None:
        """The function that parses the model file, as `module:name`."""
        return _LOADERS[self.model] if self.model else None

    @property
    def environment(self) -> dict[str, str]:
        """Its settings; the cap on a body is raised so that 10,000 rows fit."""
        if self.package != OURS:
            return {}
        engine = "sklearn" if self.model == "skops" else "onnx"
        return {"ENGINE": engine, "MAX_BODY_BYTES": str(INVOCATION_BYTES)}


CONTESTANTS = (
    Contestant(
        "article", "scikit-learn, the article's way", "article",
        ("cloudpickle", "joblib", "marshmallow", "narwhals", "numpy", "scikit-learn", "scipy",
         "threadpoolctl"),
        model="pickle", endpoints=("list", "metadata", "predict"),
    ),
    Contestant("ours-sklearn", "this project, scikit-learn", OURS, model="skops"),
    Contestant("ours-onnx", "this project, ONNX Runtime", OURS),
    Contestant(
        "powertools", "Powertools with validation, ONNX Runtime", "powertools_onnx",
        ("aws-lambda-powertools", "jmespath", "numpy", "onnxruntime", *_PYDANTIC),
    ),
    Contestant(
        "fastapi", "FastAPI and Mangum, ONNX Runtime", "fastapi_onnx",
        ("annotated-doc", "anyio", "fastapi", "idna", "mangum", "numpy", "onnxruntime",
         "opentelemetry-api", "starlette", *_PYDANTIC),
    ),
    Contestant(
        "chalice", "Chalice and marshmallow, ONNX Runtime", "chalice_onnx",
        ("chalice", "marshmallow", "numpy", "onnxruntime"), handler="app.app",
    ),
    Contestant(
        "import-floor", "floor: the imports and one prediction", "import_floor",
        ("marshmallow", "numpy", "onnxruntime"), endpoints=("predict",),
    ),
    Contestant(
        "json-floor", "floor: json.loads, session.run, json.dumps", "json_floor",
        ("numpy", "onnxruntime"), endpoints=("predict", "predictions"),
    ),
    Contestant(
        "client-floor", "floor: the runtime client alone", "bare_client", model=None,
        endpoints=("predict",),
    ),
)  # fmt: skip
BY_KEY = {contestant.key: contestant for contestant in CONTESTANTS}
