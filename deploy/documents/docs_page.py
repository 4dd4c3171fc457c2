"""Writes the page of /api/docs: Swagger UI in one file, without a reference to any other host.

``python -m deploy.documents.docs_page`` reads ``node_modules`` and writes
``model_lambda/web_api/docs.html``. Script and style stand in it compressed, so that 0.7 MB and
not 1.9 MB are sent for each view; the browser unpacks them.
"""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from deploy.atomic_write import write_atomically
from deploy.commands import PROJECT
from model_lambda.web_api import documentation

ASSETS = PROJECT / "node_modules" / "swagger-ui-dist"
PAGE = Path(documentation.__file__).with_name("docs.html")

# The document is found beside the page, whatever stage or host they are served under.
_START = """
async function unpacked(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function add(tag, id) {
  const element = document.createElement(tag);
  element.textContent = await unpacked(id);
  document.head.append(element);
}

async function start() {
  await Promise.all([add("style", "packed-style"), add("script", "packed-script")]);
  SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#swagger-ui",
    validatorUrl: null,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
  });
}

start();
"""
_LAYOUT = "html{box-sizing:border-box}*,*:before,*:after{box-sizing:inherit}body{margin:0}"
_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="script-src %(hashes)s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of the model service</title>
<link rel="icon" href="data:,">
</head>
<body>
<noscript>This page needs JavaScript. The document itself is at openapi.json.</noscript>
<div id="swagger-ui"></div>
<!-- %(notice)s -->
<script type="text/plain" id="packed-style">%(packed-style)s</script>
<script type="text/plain" id="packed-script">%(packed-script)s</script>
<script>%(start)s</script>
</body>
</html>
"""
_PACKED = re.compile(r'id="(packed-\w+)">([A-Za-z0-9+/=]+)<')


def docs_page(assets: Path = ASSETS) -> str:
    """Put the page together.

    Args:
        assets: the folder of the npm package ``swagger-ui-dist``.
    """
    parts = _parts(assets)
    hashes = (_csp_hash(parts["packed-script"]), _csp_hash(_START))
    return _TEMPLATE % {
        "hashes": " ".join(hashes),
        "notice": _notice(assets),
        "start": _START,
        **{name: _pack(text) for name, text in parts.items()},
    }


def unpack(page: str) -> tuple[str, Mapping[str, str]]:
    """Take a page apart: compressed bytes differ between builds of zlib, what they hold does not.

    Returns:
        The page without its compressed parts, and these parts by name.
    """
    parts = {
        name: gzip.decompress(base64.b64decode(packed)).decode()
        for name, packed in _PACKED.findall(page)
    }
    return _PACKED.sub(r'id="\1"><', page), parts


def _parts(assets: Path) -> dict[str, str]:
    licences = _text(assets / "swagger-ui-bundle.js.LICENSE.txt")
    return {
        "packed-style": _text(assets / "swagger-ui.css") + _LAYOUT,
        "packed-script": licences + _text(assets / "swagger-ui-bundle.js"),
    }


def _notice(assets: Path) -> str:
    """Who wrote what is inlined; the notices of what it contains stand in the script."""
    package = json.loads(_text(assets / "package.json"))
    notice = " ".join(_text(assets / "NOTICE").split())
    return f"{package['name']} {package['version']}, {package['license']}: {notice}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _pack(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _csp_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def main() -> None:
    """Write the page, unless the stored one holds the same."""
    if not ASSETS.is_dir():
        raise SystemExit("node_modules holds no swagger-ui-dist: run make setup")
    page = docs_page()
    if not PAGE.exists() or unpack(PAGE.read_text(encoding="ascii")) != unpack(page):
        write_atomically(PAGE, page.encode("ascii"))
    print(f"Wrote {PAGE.relative_to(PROJECT)}, {PAGE.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
