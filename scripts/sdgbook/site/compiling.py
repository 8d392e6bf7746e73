"""Compiled templates, kept for the next build like all that is made from the same: compiling them takes as long as
filling them in for a few pages."""

from __future__ import annotations

import platform
from importlib.metadata import version

from jinja2.bccache import Bucket, BytecodeCache
from sphinx.application import Sphinx

from sdgbook import store

KIND = "template"


class Compiled(BytecodeCache):
    """Templates' bytecode in the current store."""

    def _key(self, bucket: Bucket) -> str:
        return store.key_of("autoescape", version("jinja2"), platform.python_version(), bucket.key, bucket.checksum)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its bytecode, where it is there."""
        content = store.current().get(KIND, self._key(bucket))
        if content is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's bytecode."""
        store.current().put(KIND, self._key(bucket), bucket.bytecode_to_string())


def _begin(app: Sphinx) -> None:
    environment = app.builder.templates.environment
    environment.bytecode_cache = Compiled()
    # Sphinx leaves it to each template to escape what it shows; here whatever is no markup is told to be (`Markup`).
    environment.autoescape = True


def setup(app: Sphinx) -> None:
    """The templates of pages."""
    app.connect("builder-inited", _begin)
