"""Sphinx settings: the written pages as they stand, and the pages of the catalogue made from the code."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "loopcert"
release = metadata.version("loopcert")
extensions = ["myst_parser", "catalogue_pages"]
exclude_patterns = ["_build", "coverage.md"]  # catalogue/counts is the same page, of this very moment
html_theme = "furo"
html_title = f"loopcert {release}"
myst_enable_extensions = ["attrs_block", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # a fault may hold code that no lexer can make sense of
