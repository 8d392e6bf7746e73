"""What a page of the site may load and do: the Content Security Policy, in one place.

Pages carry it themselves (a `meta` element, for hosts that send no headers of ours), servers send it as a header.
Everything comes from the site's own host; no script or style stands inside a page; text never becomes markup in a
script (Trusted Types).
"""

from __future__ import annotations

# Standard: https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/
DIRECTIVES: dict[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
# What browsers heed in a header only.
HEADER_ONLY: dict[str, str] = {"frame-ancestors": "'self'"}


def meta_policy() -> str:
    """The policy as pages carry it."""
    return _written(DIRECTIVES)


def header_policy() -> str:
    """The policy as servers send it."""
    return _written(DIRECTIVES | HEADER_ONLY)


def _written(directives: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())
