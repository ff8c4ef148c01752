"""Reading and writing report files. A report that is cut, edited or of another version is refused in one sentence."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any

import msgspec

from loopcert.runners.exits import Stop
from loopcert.runners.report import FORMAT, Footer, Header, Line, Report, RequirementLine, TestLine

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    """Return one line of a report file, newline included."""
    return _ENCODER.encode(line) + b"\n"


class ReportWriter:
    """Writes a report line by line, each on disk at once, so that a run that dies leaves what it had measured.

    ``path`` None keeps the lines in memory alone. A path that cannot be written at all is a `Stop`; where a disk
    runs full later, the run goes on in memory and ``failure`` says so.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.failure = ""
        self.lines: list[bytes] = []
        self._hash = hashlib.sha256()
        if path is not None:
            try:
                path.write_bytes(b"")
            except OSError as error:
                raise Stop(f"cannot write the report to {path}: {error.strerror}; give another --report") from error

    def write(self, line: Header | TestLine | RequirementLine) -> None:
        """Append one line."""
        self._append(encode(line))

    def finish(self, footer: Footer) -> None:
        """Append the footer, with the digest of all lines before it."""
        self._append(encode(msgspec.structs.replace(footer, digest=self.digest)))

    @property
    def digest(self) -> str:
        """The digest of the lines so far, ``sha256:<hex>``."""
        return "sha256:" + self._hash.hexdigest()

    @property
    def data(self) -> bytes:
        """The whole file as it should be."""
        return b"".join(self.lines)

    def _append(self, data: bytes) -> None:
        self.lines.append(data)
        self._hash.update(data)
        if self.path is None or self.failure:
            return
        try:
            with self.path.open("ab") as file:
                file.write(data)
        except OSError as error:
            self.failure = (
                f"cannot write the report to {self.path}: {error.strerror}; "
                "what was written up to there is kept, and lacks the footer that a whole report has"
            )


def read_report(path: Path) -> Report:
    """Read a report file; `Stop` with one sentence where it is not a whole, untouched report of this version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Stop(f"cannot read the report {path}: {error.strerror}") from error
    return parse_report(data, str(path))


def parse_report(data: bytes, name: str) -> Report:
    """Read the bytes of a report file that is called ``name`` in messages."""
    rows = data.splitlines(keepends=True)
    if not rows or not data.strip():
        raise Stop(f"{name} is empty, not a report")
    _check_version(rows[0], name)
    lines = [_decode(row, number, name) for number, row in enumerate(rows, 1)]
    header, footer = lines[0], lines[-1]
    if not isinstance(footer, Footer) or not rows[-1].endswith(b"\n"):
        raise Stop(f"{name} is no report: it was cut short or its run was interrupted (no footer at the end)")
    body = lines[1:-1]
    tests = tuple(line for line in body if isinstance(line, TestLine))
    requirements = tuple(line for line in body if isinstance(line, RequirementLine))
    if not isinstance(header, Header) or len(tests) + len(requirements) != len(body):
        raise Stop(f"{name} is no report: header, tests, requirements and footer are not in their places")
    digest = "sha256:" + hashlib.sha256(b"".join(rows[:-1])).hexdigest()
    if digest != footer.digest:
        raise Stop(f"{name} was changed after it was written: its lines do not match the digest in its footer")
    return Report(header, tests, requirements, footer)


def _check_version(row: bytes, name: str) -> None:
    try:
        head = msgspec.json.decode(row)
    except (ValueError, RecursionError):
        raise Stop(f"{name} is no report: its first line is not JSON") from None
    if not isinstance(head, dict) or head.get("kind") != "header":
        raise Stop(f"{name} is no report: it does not begin with a header")
    if head.get("format") != FORMAT:
        raise Stop(f"{name} is a report of format {head.get('format')!r}; this loopcert reads {FORMAT!r}")


def _decode(row: bytes, number: int, name: str) -> Line:
    try:
        return _DECODER.decode(row)
    except (ValueError, RecursionError) as error:
        raise Stop(f"{name} is no whole report: line {number} cannot be read ({error})") from None


def schema() -> dict[str, object]:
    """Return the JSON Schema of one line, as shipped in ``schemas/report.schema.json``."""
    made: dict[str, Any] = msgspec.json.schema(Line)
    for definition in made["$defs"].values():
        if "description" in definition:
            # docstrings keep their indentation up to 3.12
            definition["description"] = inspect.cleandoc(definition["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:loopcert:report:1:schema",
        "title": "loopcert report: one line of the JSON Lines file",
        **made,
    }
