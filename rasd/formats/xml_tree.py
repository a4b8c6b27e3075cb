"""XML from strangers: parsed without anything that a document type can do.

expat of the standard library is told to refuse every entity declaration and every entity that it does not know, so
that nothing is expanded and nothing fetched; a `<!DOCTYPE ... SYSTEM "x.dtd">`, which ACE's files have, is passed over
unread. That is all that defusedxml would do here, without one more dependency.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from rasd.errors import ReadError

_MAX_DEPTH = 100


def parse_xml(path: str | Path) -> Element:
    """Return the root of an XML file.

    Raises:
        ReadError: If it is not well-formed, declares or uses entities of its own, or is nested deeper than any corpus.
    """
    builder = TreeBuilder()
    depth = 0
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*arguments: Any) -> NoReturn:
        raise ReadError(
            f"{path}:{parser.CurrentLineNumber}: declares or uses an XML entity ({arguments[0]!r}), which no corpus "
            "needs and which can be an attack; remove it"
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise ReadError(f"{path}:{parser.CurrentLineNumber}: elements nested more than {_MAX_DEPTH} deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = parser.ExternalEntityRefHandler = parser.SkippedEntityHandler = refuse
    try:
        parser.Parse(Path(path).read_bytes(), True)
    except expat.ExpatError as err:
        raise ReadError(f"{path}:{err.lineno}: not well-formed XML: {err}") from err
    except (LookupError, ValueError) as err:
        raise ReadError(f"{path}:1: says that it is in an encoding that cannot be read ({err}); save as UTF-8") from err
    return builder.close()
