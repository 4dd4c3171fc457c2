"""Makes events that are nearly right: requests of all kinds with some part of them changed.

An event grows in four layers: a JSON document, its text, the HTTP request around it, the event of
one of the three sources. Each layer may be damaged before the next is put around it. Everything is
drawn from one random source, so that a seed, or Hypothesis, replays it.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from events.proxy_events import SOURCES, HttpRequest
from model_lambda.config import Settings

FIELDS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
CAP = Settings().max_body_bytes
SURROGATE = "\ud800"
HOSTILE_VALUES: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 2**63, 10**400, -0.0, 5e-324, 1e308, float("inf"), float("nan")),
    *(
        "",
        " ",
        "5.1",
        "true",
        "\0",
        "\n",
        "\u82b1",
        "\U0001f33c",
        SURROGATE,
        "a" * 3000,
        "<b>",
        "%s",
    ),
    *("../..", "%2e", "null", "NaN", "__class__"),
    *([], {}, [[]], [{}], {"a": None}, {"": ""}, [1, "a"]),
)
LITERALS = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "0x1", "1_0", "01", "+1", ".5"),
    *(
        "5.",
        "--1",
        "1e",
        "true",
        "null",
        "undefined",
        "''",
        '"',
        "[",
        "{",
        "}",
        "]",
        ",",
        ":",
        "\\",
    ),
    *(r"\ud800", "1" * 999, "1" * 1001, "1" * 5000, "\x00", "\x1f", "\u00a0", "\u0665", "\ufeff"),
    SURROGATE,
)
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "post", "", "BREW", SURROGATE, "P\n")
READ_PATHS = (
    *("/api/models", "/api/models/iris_model/metadata", "/api/openapi.json", "/v2"),
    *("/v2/health/live", "/v2/health/ready", "/v2/models/iris_model"),
    *("/v2/models/iris_model/ready", "/v2/models/iris_model/versions/1.0"),
)
OTHER_PATHS = (
    *("/", "", "/api", "/api/models/", "/api/models/rose_model/predict", "/api/models//predict"),
    *(
        "/api/models/%ff/predict",
        "/api/models/a%2Fb/predict",
        "/v2/",
        f"/{SURROGATE}",
        "//",
        "/%00",
    ),
    *("/v2/models/iris_model/versions/9/infer", "/api/models/iris_model/predict/", "/api/docs/x"),
)
CONTENT_TYPES = (
    *(
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/a+json",
    ),
    *("text/plain", "", "application/json;charset=latin-1", "application/json, application/json"),
    *(";", "a/b;charset", "application/json; charset", SURROGATE, "application/+json", "+json"),
)
ENCODINGS = ("identity", "gzip", "", "IDENTITY", "br, gzip", SURROGATE)
PROBABILITIES = ("true", "false", "TRUE", "1", "", "true,true", SURROGATE)
CHARACTERS = '{}[]":,.-+eE0123456789 \\\n\ttrufalsn'

Damage = Callable[[Random, Any], Any]


def mutated_event(random: Random) -> Any:
    """One event; about half of them are as good as any client's."""
    layers = _damaged_layers(random)
    path, document = random.choice(DOCUMENTS)(random)
    document = _damaged(random, document, damage_document, layers.count("document"))
    text = json.dumps(document, ensure_ascii=random.random() < 0.5)
    text = _damaged(random, text, damage_text, layers.count("text"))
    request = HttpRequest("POST", path, _query(random), (("Content-Type", "application/json"),))
    request = replace(request, body=text.encode() if _travels_as_bytes(random, text) else text)
    request = _damaged(random, request, damage_request, layers.count("request"))
    event = SOURCES[random.choice(("rest_api", "http_api", "function_url"))](request)
    return _damaged(random, event, damage_event, layers.count("event"))


def _damaged_layers(random: Random) -> list[str]:
    count = 0 if random.random() < 0.45 else random.choice((1, 1, 1, 2, 3))
    return [random.choice(("document", "text", "request", "event")) for _ in range(count)]


def _damaged(random: Random, value: Any, damage: Damage, times: int) -> Any:
    for _ in range(times):
        value = damage(random, value)
    return value


def _travels_as_bytes(random: Random, text: str) -> bool:
    return random.random() < 0.2 and SURROGATE not in text


def _query(random: Random) -> tuple[tuple[str, str], ...]:
    return (("probabilities", "true"),) if random.random() < 0.25 else ()


# Documents


def _measurement(random: Random) -> float:
    return random.choice((random.uniform(0.1, 15.0), round(random.uniform(0.1, 15.0), 1), 1, 15))


def _flower(random: Random) -> list[float]:
    return [_measurement(random) for _ in FIELDS]


def _row(random: Random) -> dict[str, float]:
    return dict(zip(FIELDS, _flower(random), strict=True))


def _predict(random: Random) -> tuple[str, Any]:
    return "/api/models/iris_model/predict", _row(random)


def _predictions(random: Random) -> tuple[str, Any]:
    rows = [_row(random) for _ in range(random.randint(1, 12))]
    return "/api/models/iris_model/predictions", {"rows": rows}


def _infer(random: Random) -> tuple[str, Any]:
    flowers = [_flower(random) for _ in range(random.randint(1, 4))]
    data = flowers if random.random() < 0.5 else [one for flower in flowers for one in flower]
    tensor = {"name": "features", "shape": [len(flowers), 4], "datatype": "FP32", "data": data}
    document: dict[str, Any] = {"inputs": [tensor]}
    if random.random() < 0.3:
        document["id"] = "a-1"
    if random.random() < 0.3:
        document["outputs"] = [{"name": random.choice(("label", "probabilities"))}]
    version = random.choice(("", "/versions/1.0"))
    return f"/v2/models/iris_model{version}/infer", document


DOCUMENTS = (_predict, _predict, _predictions, _infer)


def damage_document(random: Random, document: Any) -> Any:
    """Change one place of a JSON document, at any depth."""
    if not isinstance(document, dict | list) or not document or random.random() < 0.15:
        return random.choice(HOSTILE_VALUES)
    keys = list(document) if isinstance(document, dict) else range(len(document))
    key = random.choice(keys)
    copied: Any = dict(document) if isinstance(document, dict) else list(document)
    change = random.randrange(6)
    if change == 0:
        del copied[key]
    elif change == 1:
        _add_member(random, copied, document[key])
    elif change == 2:
        copied[key] = [document[key]]
    else:
        copied[key] = damage_document(random, document[key])
    return copied


def _add_member(random: Random, copied: Any, value: Any) -> None:
    if isinstance(copied, list):
        copied.append(value)
    else:
        copied[random.choice(("colour", "", "Sepal_Length", SURROGATE, "rows", "id"))] = value


# Texts


def _truncate(random: Random, text: str) -> str:
    return text[: random.randint(0, len(text))]


def _delete_slice(random: Random, text: str) -> str:
    start = random.randint(0, len(text))
    return text[:start] + text[start + random.randint(1, 5) :]


def _repeat_slice(random: Random, text: str) -> str:
    start, length = random.randint(0, len(text)), random.randint(1, 40)
    return text[: start + length] + text[start:]


def _insert(random: Random, text: str) -> str:
    position = random.randint(0, len(text))
    inserted = random.choice((random.choice(CHARACTERS), random.choice(LITERALS)))
    return text[:position] + inserted + text[position:]


def _replace_number(random: Random, text: str) -> str:
    number = next((part for part in text.replace("}", ",").split(",") if part[-1:].isdigit()), "1")
    return text.replace(number.rpartition(" ")[2], random.choice(LITERALS), 1)


def _nest(random: Random, text: str) -> str:
    depth, (opening, closing) = (
        random.choice((3, 900, 3000)),
        random.choice((("[", "]"), ('{"a":', "}"))),
    )
    return opening * depth + text + closing * random.choice((depth, 0))


def _pad(random: Random, text: str) -> str:
    return (
        text.ljust(CAP + random.choice((-1, 0, 1, 1000))) if random.random() < 0.1 else f" {text}\n"
    )


def _wrap(random: Random, text: str) -> str:
    return random.choice(
        (f"\ufeff{text}", f"{text}{text}", json.dumps(text), f"{text}x", "", "null")
    )


TEXT_DAMAGES = (
    *(_truncate, _delete_slice, _repeat_slice, _insert, _insert, _replace_number, _replace_number),
    *(_nest, _pad, _wrap),
)


def damage_text(random: Random, text: str) -> str:
    """Change the text of a document, whether or not it stays JSON."""
    return random.choice(TEXT_DAMAGES)(random, text)


# Requests


def _other_method(random: Random, request: HttpRequest) -> HttpRequest:
    return replace(request, method=random.choice(METHODS))


def _read(random: Random, request: HttpRequest) -> HttpRequest:
    method = random.choice(("GET", "GET", "HEAD"))
    return replace(request, method=method, path=random.choice(READ_PATHS))


def _other_path(random: Random, request: HttpRequest) -> HttpRequest:
    return replace(request, path=random.choice(OTHER_PATHS))


def _damaged_path(random: Random, request: HttpRequest) -> HttpRequest:
    return replace(
        request, path=random.choice((_truncate, _insert, _delete_slice))(random, request.path)
    )


def _other_headers(random: Random, request: HttpRequest) -> HttpRequest:
    name = random.choice(("Content-Type", "content-type", "CONTENT-TYPE"))
    headers = [(name, random.choice(CONTENT_TYPES))]
    if random.random() < 0.3:
        headers.append(("Content-Encoding", random.choice(ENCODINGS)))
    if random.random() < 0.2:
        headers.append(("Inference-Header-Content-Length", "12"))
    return replace(request, headers=(*request.headers[random.randint(0, 1) :], *headers))


def _other_query(random: Random, request: HttpRequest) -> HttpRequest:
    values = [("probabilities", random.choice(PROBABILITIES)) for _ in range(random.randint(1, 2))]
    return replace(request, query=(("q", "1"), *values))


def _other_bytes(random: Random, request: HttpRequest) -> HttpRequest:
    body = request.body if isinstance(request.body, bytes) else b'{"a": 1}'
    return replace(request, body=body + random.choice((b"\xff", b"\xed\xa0\x80", b"", b"\x00")))


def _no_body(_random: Random, request: HttpRequest) -> HttpRequest:
    return replace(request, body=None)


REQUEST_DAMAGES = (
    *(_other_method, _read, _read, _other_path, _damaged_path, _other_headers, _other_query),
    *(_other_bytes, _no_body),
)


def damage_request(random: Random, request: HttpRequest) -> HttpRequest:
    """Change something of the HTTP request: method, path, headers, query, body."""
    return random.choice(REQUEST_DAMAGES)(random, request)


# Events


def _damaged_member(random: Random, event: Any) -> Any:
    """Replace or remove any member, at any depth."""
    name = random.choice(list(event))
    copied = dict(event)
    if random.random() < 0.3:
        del copied[name]
    elif isinstance(event[name], dict) and event[name] and random.random() < 0.7:
        copied[name] = _damaged_member(random, event[name])
    else:
        copied[name] = random.choice(HOSTILE_VALUES)
    return copied


def _damaged_base64(random: Random, event: Any) -> Any:
    body = event.get("body")
    text = base64.b64encode(b'{"a": 1}').decode() if not isinstance(body, str) else body
    return {**event, "body": _insert(random, text), "isBase64Encoded": True}


def _other_flag(random: Random, event: Any) -> Any:
    return {**event, "isBase64Encoded": random.choice((True, None, "true", 1))}


def _other_stage(random: Random, event: Any) -> Any:
    context = event.get("requestContext")
    if not isinstance(context, dict):
        return event
    stage = random.choice(("dev", "$default", "", None, "api", SURROGATE))
    path = event.get("rawPath")
    in_front = f"/{stage}{path}" if random.random() < 0.5 else path
    return {**event, "rawPath": in_front, "requestContext": {**context, "stage": stage}}


def _no_request(random: Random, event: Any) -> Any:
    return random.choice(({"Records": [event]}, {"warmup": True}, {"warmup": 1}, [event], {}, None))


EVENT_DAMAGES = (
    *(_damaged_member, _damaged_member, _damaged_member, _damaged_member, _damaged_base64),
    *(_other_flag, _other_stage, _no_request),
)


def damage_event(random: Random, event: Any) -> Any:
    """Change the event itself: members that no gateway would leave out, or send so."""
    if not isinstance(event, dict) or not event:
        return event
    return random.choice(EVENT_DAMAGES)(random, event)
