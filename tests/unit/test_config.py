from pathlib import Path

import pytest

from model_lambda.config import Settings
from model_lambda.errors import ConfigurationError
from model_lambda.models import named_classes


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings() == Settings(
        model_classes=named_classes(),
        engine="onnx",
        max_body_bytes=262_144,
        deadline_reserve_ms=200,
        cors_allow_origin="*",
    )


def test_a_setting_without_a_value_names_no_model() -> None:
    assert Settings.from_environment({"MODELS": "", "MODEL_URI": ""}) == Settings()


def test_each_setting_is_read_from_its_variable() -> None:
    environment = {
        "MODEL_CLASSES": "a.B, c.D,",
        "ENGINE": "sklearn",
        "MAX_BODY_BYTES": "1000",
        "DEADLINE_RESERVE_MS": "0",
        "CORS_ALLOW_ORIGIN": "https://example.com",
        "SOMETHING_ELSE": "1",
    }
    assert Settings.from_environment(environment) == Settings(
        model_classes=("a.B", "c.D"),
        engine="sklearn",
        max_body_bytes=1000,
        deadline_reserve_ms=0,
        cors_allow_origin="https://example.com",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_CLASSES", ""),
        ("MODEL_CLASSES", " , "),
        ("ENGINE", ""),
        ("ENGINE", "ONNX"),
        ("ENGINE", "pickle"),
        ("MAX_BODY_BYTES", ""),
        ("MAX_BODY_BYTES", "-1"),
        ("MAX_BODY_BYTES", "1.5"),
        ("MAX_BODY_BYTES", "256 KiB"),
        ("MAX_BODY_BYTES", "\u0661"),
        ("MAX_BODY_BYTES", "\u00b2"),
        ("DEADLINE_RESERVE_MS", "soon"),
        ("CORS_ALLOW_ORIGIN", "https://example.com\r\nSet-Cookie: a=b"),
        ("CORS_ALLOW_ORIGIN", "https://gr\u00f6\u00dfe.example"),
        ("CORS_ALLOW_ORIGIN", "\x7f"),
        ("RESULTS_TTL_DAYS", "0"),
        ("RESULTS_TTL_DAYS", "-1"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(
    ("bucket", "prefix", "reason"),
    [
        ("files", "", "set together"),
        ("", "out/", "set together"),
        ("files", "out", "does not end with a slash"),
        ("files", "/", "does not end with a slash"),
        ("files", "in/", "where files are scored"),
        ("files", "in/results/", "where files are scored"),
    ],
)
def test_results_of_files_have_a_place_where_none_is_taken_for_a_file(
    bucket: str, prefix: str, reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        Settings.from_environment({"FILES_BUCKET": bucket, "RESULTS_PREFIX": prefix})
    settings = Settings.from_environment({"FILES_BUCKET": "files", "RESULTS_PREFIX": "out/"})
    assert (settings.files_bucket, settings.results_prefix) == ("files", "out/")


def test_results_go_to_one_place() -> None:
    with pytest.raises(ConfigurationError, match="RESULTS_QUEUE_URL and RESULTS_TABLE"):
        Settings.from_environment({"RESULTS_QUEUE_URL": "https://queue", "RESULTS_TABLE": "table"})


def test_results_go_nowhere_unless_a_place_is_set() -> None:
    assert not Settings.from_environment({"RESULTS_TABLE": ""}).has_destination
    settings = Settings.from_environment({"RESULTS_TABLE": "table", "RESULTS_TTL_DAYS": "7"})
    assert settings.has_destination
    assert settings.results_ttl_days == 7


def test_a_configuration_error_is_a_value_error() -> None:
    assert issubclass(ConfigurationError, ValueError)


def test_only_the_entry_point_and_the_opt_out_of_telemetry_touch_the_environment() -> None:
    package = Path(__file__).parents[2] / "model_lambda"
    deployed = package.rglob("[!.]*.py")
    lines = [line.strip() for path in deployed for line in path.read_text().splitlines()]
    assert sorted(line for line in lines if "os.environ" in line) == [
        "application = create_application(Settings.from_environment(os.environ))",
        'os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")',
    ]
