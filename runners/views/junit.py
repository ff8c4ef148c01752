"""A report as JUnit XML, for the CI systems that draw it: a suite for each chapter, a case for each test."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

from loopcert.runners.report import Report, RequirementLine, TestLine
from loopcert.runners.views.findings import command, subject
from loopcert.runners.vocabulary import Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say; a loop's output may hold anything."""


def render(report: Report) -> str:
    """Return the report as JUnit XML.

    A failure that a deviation covers, or that costs nothing, is a skipped case with the reason: it fails no build.
    """
    requirements = {line.id: line for line in report.requirements}
    chapters: dict[str, list[TestLine]] = defaultdict(list)
    for test in report.tests:
        chapters[test.requirement.rpartition("-")[0]].append(test)
    root = ET.Element("testsuites", name=subject(report), tests=str(len(report.tests)))
    for chapter, tests in chapters.items():
        suite = ET.SubElement(root, "testsuite", name=chapter, tests=str(len(tests)))
        cases = [_case(report, suite, test, requirements[test.requirement]) for test in tests]
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(report: Report, suite: ET.Element, test: TestLine, requirement: RequirementLine) -> ET.Element:
    seconds = sum(run.seconds for run in test.runs)
    case = ET.SubElement(suite, "testcase", name=test.id, classname=requirement.id, time=f"{seconds:.6f}")
    if test.verdict is Verdict.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", message=_clean(test.reason))
    elif test.verdict.unknown:
        problem = ET.SubElement(case, "error", type=test.verdict, message=_clean(test.reason or test.message))
        problem.text = _clean(test.details)
    elif test.verdict.broken:
        _broken(report, case, test, requirement)
    return case


def _broken(report: Report, case: ET.Element, test: TestLine, requirement: RequirementLine) -> None:
    if requirement.deviation is not None:
        ET.SubElement(case, "skipped", message=_clean(f"deviation: {requirement.deviation.reason} ({test.message})"))
    elif not requirement.mandatory:
        why = f"{requirement.level}, {requirement.authority}: costs no certificate"
        ET.SubElement(case, "skipped", message=_clean(f"{why} ({test.message})"))
    else:
        failure = ET.SubElement(case, "failure", type=test.verdict, message=_clean(test.message))
        sources = "\n".join(f"source: {source.name} {source.url}".rstrip() for source in requirement.sources)
        again = f"again: {command(report, requirement.id)}"
        failure.text = _clean("\n".join([requirement.text, sources, again, test.details or test.stacks]))
    if test.output:
        ET.SubElement(case, "system-out").text = _clean(test.output)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
