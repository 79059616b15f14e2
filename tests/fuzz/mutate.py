"""Files made wrong: bytes turned, words put in that have broken readers before, pieces dropped, doubled and swapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

NUMBERS = (
    "1e999", "-1e999", ".nan", "nan", "inf", "-.inf", "NaN", "Infinity", "1" * 400, "9" * 19, "-9223372036854775809",
    "1e308", "5e-324", "0x7fffffff", "0o17", "1_000", "1,000", "1.5.2", "-0", "+1", "٣", "１２", "²", "1e", "--1", "",
    "0", "-1", "2", "1000001", "1e12", "1e13", "0.5", "true", "~",
)  # fmt: skip
WORDS = (
    "../../x", "/etc/passwd", "..\\..\\x", "C:\\x", "a\x00b", "\ufeff", "\u202e", "\ud7ff", "\u0085", "\u2028",
    "=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-1+1", "%s%n", "{0.__class__}", "${jndi:x}", "<script>", "'; DROP",
    "!!python/object/apply:os.system [x]", "!!binary aGk=", "!<tag:x,2000:y> z", "&a [*a]", "*a", "<<: *b", "&a a",
    "- " * 60, "[" * 60, "{a: " * 60, "? ", "? [a]", "---", "...", "%YAML 1.1", "%TAG ! x", "|", ">-", "\t", "#",
    "2030-02-30", "0000-01-01", "9999-12-31", "10000-01-01", "2030-1-1", "2030-01-01T99:00", "2030-01-01T00:00:60",
    "9999-12-31T23:59", "0001-01-01T00:00+14:00", "x" * 5000, "é" * 300, ";", ";;;", ",,,", '"', "'", '"""',
    "\r", "\n", "\r\n", "name", "kind", "set", "from", "until", "number", "extends: [a]", "extends: [c, c, b]", "all",
    "none", "null", "unknown", "[]", "{}", "[[]]", "{a: {b: c}}", "low: 3", "setting: {option: x, world: ../y}",
    "1 / day", "9 beds", "9 CRN", "persons / persons / day", "/", " / ", "1e999 beds", "nan persons / day",
)  # fmt: skip
_TOKEN = re.compile(rb"[A-Za-z0-9_.\-]+|[^A-Za-z0-9_.\-]")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _flip(data: bytes, random: Random) -> bytes:
    if not data:
        return b"\x80"
    at = random.randrange(len(data))
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]


def _insert(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return data[:at] + _utf8(random.choice(WORDS)) + data[at:]


def _cut(data: bytes, random: Random) -> bytes:
    first, last = sorted((_place(data, random), _place(data, random)))
    return data[:first] + data[min(last, first + random.choice((1, 4, 30, 5000))) :]


def _double(data: bytes, random: Random) -> bytes:
    first, last = sorted((_place(data, random), _place(data, random)))
    piece = data[first : min(last, first + 80)]
    return data[:last] + piece * random.choice((1, 2, 30)) + data[last:]


def _lines(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    if len(lines) < 2:
        return data
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    if random.random() < 0.5:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines.insert(one, lines[other])
    return b"\n".join(lines)


def _token(data: bytes, random: Random) -> bytes:
    """Another word or number in the place of one word: most files stay well formed."""
    parts = _TOKEN.findall(data)
    words = [place for place, part in enumerate(parts) if part[:1].isalnum()]
    if not words:
        return data
    at = random.choice(words)
    kind = random.random()
    if kind < 0.5:
        parts[at] = _utf8(random.choice(NUMBERS))
    elif kind < 0.8:
        parts[at] = parts[random.choice(words)]
    else:
        parts[at] = _utf8(random.choice(WORDS))
    return b"".join(parts)


def _encoding(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return random.choice((
        lambda: text.encode("utf-16"), lambda: text.encode("latin-1", "replace"), lambda: b"\xef\xbb\xbf" + data,
        lambda: data.replace(b"\n", b"\r\n"), lambda: data.replace(b"\n", b"\r"), lambda: data.replace(b" ", b"\t"),
        lambda: data.replace(b",", b";"), lambda: data + b"\x00"))()  # fmt: skip


WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (_flip, _insert, _cut, _double, _lines, _encoding)


def mutate(seeds: Sequence[bytes], random: Random) -> bytes:
    """One file made from a valid one by a few changes, most of which leave it readable."""
    data = random.choice(seeds)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        data = _token(data, random) if random.random() < 0.55 else random.choice(WAYS)(data, random)
    return data[:20_000]
