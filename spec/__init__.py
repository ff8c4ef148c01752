"""What must a loop do? The catalogue of requirements, as data, each traced to its document."""

from loopcert.spec.catalogue import Catalogue, load_catalogue
from loopcert.spec.model import (
    Authority,
    Chapter,
    Level,
    Party,
    Platform,
    Profile,
    Requirement,
    Shortfall,
    SpecError,
)

__all__ = [
    "Authority",
    "Catalogue",
    "Chapter",
    "Level",
    "Party",
    "Platform",
    "Profile",
    "Requirement",
    "Shortfall",
    "SpecError",
    "load_catalogue",
]
