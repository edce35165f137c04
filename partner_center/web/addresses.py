"""Where a form may send the reader afterwards: our own paths, nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2000


def safe_path(text: str | None) -> str | None:
    """`text` if it is a path of this site, else None.

    Browsers read backslashes as slashes and drop control characters and spaces around, so
    `/\\host` and `/<tab>/host` would leave the site: such text is refused, not repaired.
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or text.startswith("//"):
        return None
    if "\\" in text or any(not c.isprintable() or c.isspace() for c in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text
