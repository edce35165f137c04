"""What people, programs and attackers put into fields and files."""

from __future__ import annotations

from io import BytesIO

TEXTS = (
    "",
    " ",
    "\t",
    "0",
    "-1",
    "1.5",
    "1e309",
    "NaN",
    "٣",
    "½",
    "0x10",
    "9" * 40,
    str(2**31),
    str(2**63),
    "true",
    "null",
    "[]",
    '{"$gt": ""}',
    "x" * 300,
    "x" * 70_000,
    "\u00e9" * 5_000,
    "e\u0301" * 400,
    "🦊👩‍👩‍👧",
    "\u202eاسم\u202c",
    "\ufeffBOM",
    "\u00a0=1+1",
    "İıŞşĞ",
    "ﬁ",
    "a\r\nSet-Cookie: x=1",
    "a\nb\rc\x0bd\x85e\u2028f",
    "\x01\x02\x7f",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "%(n)s %s %d {0} {x.__class__}",
    "=HYPERLINK(A1)",
    "@SUM(1+1)",
    "' OR '1'='1' --",
    "'; DROP TABLE customer; --",
    "%",
    "_%\\",
    '"unclosed',
    "NEAR(a b) OR *",
    "../../../../etc/passwd",
    "//evil.example",
    "/\\evil.example",
    "http://127.0.0.1:1/",
    "(a+)+$" + "a" * 60 + "!",
    "a@" * 3_000,
    ",".join(str(n) for n in range(3_000)),
    "\n".join(f"a{n}@b.example" for n in range(2_000)),
    "ad0b1d6c-0000-4000-8000-000000000000",
)
"""Each is typed into every field."""

RAW = (b"%00", b"%ff", b"%C3%28", b"%ED%A0%80", b"%F5%80%80%80", b"%", b"%u0041", b"+" * 500)
"""Percent-encodings that no browser sends."""


def uploads() -> dict[str, BytesIO]:
    """Files by what is wrong with them."""
    line = "anna@fjord.example\r\n"
    return {
        "empty.csv": BytesIO(b""),
        "one.csv": BytesIO(line.encode()),
        "bom.csv": BytesIO(b"\xef\xbb\xbf" + line.encode()),
        "latin.csv": BytesIO("Åse;Blåbær\r\n".encode("latin-1")),
        "utf16.csv": BytesIO(line.encode("utf-16")),
        "odd.utf16.csv": BytesIO(line.encode("utf-16")[:-1]),
        "nul.csv": BytesIO(b"a\0b\r\n" * 20),
        "long line.csv": BytesIO(b"x" * 1_000_000),
        "long cell.csv": BytesIO(b'"' + b"x" * 300_000 + b'"\r\n'),
        "unclosed.csv": BytesIO(b'"a,b\r\n' * 500),
        "many lines.csv": BytesIO(b"a@b.example\r\n" * 60_000),
        "formula.csv": BytesIO(b"=1+1,@x,-1,+1\r\n"),
        "columns.csv": BytesIO(b"," * 50_000),
        "picture.png": BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40),
        "../../name.csv": BytesIO(line.encode()),
        "n" * 400 + ".csv": BytesIO(line.encode()),
        "too large.csv": BytesIO(b"x" * (2 * 1024 * 1024 + 1)),
    }
