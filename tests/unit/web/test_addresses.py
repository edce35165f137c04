"""Where a form may send the reader: our own paths only, whatever browsers make of odd ones."""

from __future__ import annotations

import pytest

from partner_center.web.addresses import safe_path


@pytest.mark.parametrize(
    "path", ["/", "/customers", "/customers/3/users?page=2&q=%C3%85se", "/customers/3#p-1", "/a:b", "/@me"]
)
def test_own_paths_stay(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "customers",
        "//evil.example",
        "///evil.example",
        "////evil.example/a",
        "/\\evil.example",
        "/\\/evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        " /customers",
        "/ /evil.example",
        "/\u00a0/evil.example",
        "/\u2028/evil.example",
        "/\x00/evil.example",
        "/\x1f//evil.example",
        "http://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "HTTP:///evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "mailto:a@evil.example",
        "@evil.example",
        "?next=//evil.example",
        "#",
        ".",
        "..//evil.example",
        "/\ufeff/evil.example",
        "//[evil",
        "//evil.example@127.0.0.1/",
        "/" + "x" * 3000,
        "/customers\r\nSet-Cookie: a=b",
    ],
)
def test_everything_else_is_dropped(text: str | None) -> None:
    assert safe_path(text) is None
