"""Settings of the function, read from its environment variables."""

from collections.abc import Mapping
from typing import NamedTuple

from model_lambda.engines import ENGINES
from model_lambda.errors import ConfigurationError
from model_lambda.models import named_classes

# Where objects are files to score: in/<qualified_name>/[<version>/]...
FILES_PREFIX = "in/"
_DESTINATIONS = ("RESULTS_QUEUE_URL", "RESULTS_STREAM_NAME", "RESULTS_TABLE")


class Settings(NamedTuple):
    """How the function behaves; the defaults are those of a bare deployment."""

    model_classes: tuple[str, ...] = named_classes()
    engine: str = "onnx"
    models: tuple[str, ...] = ()
    max_body_bytes: int = 256 * 1024
    deadline_reserve_ms: int = 200
    cors_allow_origin: str = "*"
    model_uri: tuple[str, ...] = ()
    files_bucket: str = ""
    results_prefix: str = ""
    results_queue_url: str = ""
    results_stream_name: str = ""
    results_table: str = ""
    results_ttl_days: int = 30

    @property
    def has_destination(self) -> bool:
        """Whether there is somewhere to put the results of messages."""
        return bool(self.results_queue_url or self.results_stream_name or self.results_table)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read ``MODEL_CLASSES``, ``MODELS`` and ``MODEL_URI`` (comma-separated), ``ENGINE``,
        ``MAX_BODY_BYTES``, ``DEADLINE_RESERVE_MS`` and ``CORS_ALLOW_ORIGIN``; for messages one of
        ``RESULTS_QUEUE_URL``, ``RESULTS_STREAM_NAME`` and ``RESULTS_TABLE``, and
        ``RESULTS_TTL_DAYS`` of the table; for files ``FILES_BUCKET`` and ``RESULTS_PREFIX``. What
        is absent keeps its default.

        Raises:
            ConfigurationError: a value cannot be used.
        """
        _refuse_several(environment, *_DESTINATIONS)
        defaults = cls()
        _check_files(environment)
        return cls(
            model_classes=_names(environment, "MODEL_CLASSES", defaults.model_classes),
            engine=_choice(environment, "ENGINE", tuple(ENGINES)),
            models=_names(environment, "MODELS", defaults.models, may_be_empty=True),
            max_body_bytes=_count(environment, "MAX_BODY_BYTES", defaults.max_body_bytes),
            deadline_reserve_ms=_count(
                environment, "DEADLINE_RESERVE_MS", defaults.deadline_reserve_ms
            ),
            cors_allow_origin=_ascii(environment, "CORS_ALLOW_ORIGIN", defaults.cors_allow_origin),
            model_uri=_names(environment, "MODEL_URI", defaults.model_uri, may_be_empty=True),
            files_bucket=environment.get("FILES_BUCKET", ""),
            results_prefix=environment.get("RESULTS_PREFIX", ""),
            results_queue_url=environment.get("RESULTS_QUEUE_URL", ""),
            results_stream_name=environment.get("RESULTS_STREAM_NAME", ""),
            results_table=environment.get("RESULTS_TABLE", ""),
            results_ttl_days=_count(
                environment, "RESULTS_TTL_DAYS", defaults.results_ttl_days, least=1
            ),
        )


def _names(
    environment: Mapping[str, str],
    name: str,
    default: tuple[str, ...],
    *,
    may_be_empty: bool = False,
) -> tuple[str, ...]:
    if name not in environment:
        return default
    names = tuple(part.strip() for part in environment[name].split(",") if part.strip())
    if not names and not may_be_empty:
        raise ConfigurationError(f"{name} names no model")
    return names


def _check_files(environment: Mapping[str, str]) -> None:
    """Refuse a place for results in which a result would be taken for a file to score."""
    bucket, prefix = environment.get("FILES_BUCKET", ""), environment.get("RESULTS_PREFIX", "")
    if bool(bucket) != bool(prefix):
        raise ConfigurationError("FILES_BUCKET and RESULTS_PREFIX are set together, or not at all")
    if prefix and not (prefix.endswith("/") and prefix != "/"):
        raise ConfigurationError(f"RESULTS_PREFIX is {prefix!r}, which does not end with a slash")
    if prefix.startswith(FILES_PREFIX):
        raise ConfigurationError(f"RESULTS_PREFIX lies in {FILES_PREFIX}, where files are scored")


def _refuse_several(environment: Mapping[str, str], *names: str) -> None:
    named = [name for name in names if environment.get(name)]
    if len(named) > 1:
        raise ConfigurationError(f"{' and '.join(named)} are both set: results go to one place")


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environment.get(name, choices[0])
    if value not in choices:
        raise ConfigurationError(f"{name} is {value!r}, not one of {', '.join(choices)}")
    return value


def _count(environment: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    value = environment.get(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ConfigurationError(f"{name} is {value!r}, not a whole number")
    if int(value) < least:
        raise ConfigurationError(f"{name} is {value}, less than {least}")
    return int(value)


def _ascii(environment: Mapping[str, str], name: str, default: str) -> str:
    value = environment.get(name, default)
    if not (value.isascii() and value.isprintable()):
        raise ConfigurationError(f"{name} has a character that no header may have")
    return value
