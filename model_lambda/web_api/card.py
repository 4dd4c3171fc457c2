"""The model card: as a page in Markdown, or its figures as JSON for who asks for them."""

from collections.abc import Mapping

from model_lambda.web_api.controllers import PathParameters, Services
from model_lambda.web_api.json_body import write_json
from model_lambda.web_api.messages import Request, Response

# RFC 7763: the charset must be said.
MARKDOWN = "text/markdown; charset=utf-8"


def get_card(request: Request, parameters: PathParameters, services: Services) -> Response:
    """Show the card of one model: its data, fields, quality, equivalence and limits."""
    from model_lambda.model_card import model_card  # no cold start waits for it
    from model_lambda.web_api.card_page import card_page

    model = services.models.get_model(parameters["qualified_name"], request.query.get("version"))
    card = model_card(model)
    if _prefers_json(request.headers.get("accept", "")):
        headers = {"Content-Type": "application/json", "Vary": "Accept"}
        return Response(200, write_json(card), headers)
    return Response(200, card_page(card), {"Content-Type": MARKDOWN, "Vary": "Accept"})


def _prefers_json(accept: str) -> bool:
    """Whether JSON is asked for, and more, or more exactly, than Markdown."""
    weights = dict(map(_weight, accept.lower().split(",")))
    json, markdown = (_rank(one, weights) for one in ("application/json", "text/markdown"))
    return json[0] > 0 and json > markdown


def _rank(media_type: str, weights: Mapping[str, float]) -> tuple[float, int]:
    """The weight of the most specific range that a media type is in, and how specific that is."""
    ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    found = [(weights[name], place) for place, name in enumerate(ranges) if name in weights]
    return found[-1] if found else (0.0, 0)


def _weight(media_range: str) -> tuple[str, float]:
    """A media range and its weight (RFC 9110, 12.4.2), 0 if that is no number."""
    name, *parameters = (part.strip() for part in media_range.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0
