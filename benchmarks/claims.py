"""The report check on papers whose marks were judged by hand: how often it is right, how fast.

``PHT_PAPERS`` names a folder of papers as text (NAME.txt) with ``labels.json``: marks (``doc``,
``what``, ``pct_start`` or ``spans``, ``label``: true, lucky, soft for what follows once a few
undeclared missing patients are subtracted, or false). ``explicit_triples.json`` beside the folder
has sentences with a percentage, a count and N. Every figure is given for two halves of the papers,
by the parity of the SHA-256 of their names, so that one half can be kept unseen.
"""

import json
import os
import re
import time
from collections import Counter
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from pht_core.claims.claim import Claim, Report
from pht_core.claims.judging.judging import share_fits
from pht_core.claims.report import check_report
from pht_core.claims.verdicts import CANNOT_TELL, CONSISTENT, ROUNDING, VERDICTS

VARIABLE = "PHT_PAPERS"
PLANTED_EVERY = 6  # one wrong digit at a time, in every so many-th percentage that matches
HALVES = ("even", "odd")
PAIR = re.compile(
    r"(?<![\d.,/±-])\d[\d,]*\s?[(\[]\s?(?P<a>\d{1,3}(?:[.·]\d{1,2})?)\s?%\s?[)\]]|"
    r"(?<![\d.])(?P<b>\d{1,3}(?:[.·]\d{1,2})?)\s?%\s?[(\[]\s?(?:n\s?=\s?)?\d+(?:\s?/\s?\d+)?\s?[)\]]"
)
CELL = re.compile(
    r"(?<=\t)\d[\d,]*\s?[(\[]\s?(?P<a>\d{1,3}(?:[.·]\d{1,2})?)\s?%?\s?[)\]](?=[\t\n])"
)


def run() -> None:
    """Print every figure for both halves; nothing where no folder is named."""
    folder = Path(os.environ.get(VARIABLE, ""))
    if not (folder / "labels.json").is_file():
        print(f"\nReport check: {VARIABLE} names no folder of judged papers.", flush=True)
        return
    labels = json.loads((folder / "labels.json").read_text("utf-8"))["labels"]
    papers: dict[str, dict[str, str]] = {half: {} for half in HALVES}
    for file in sorted(folder.glob("*.txt")):
        half = HALVES[int(sha256(file.stem.encode()).hexdigest(), 16) % 2]
        papers[half][file.stem] = file.read_text("utf-8")
    for half, texts in papers.items():
        print(f"\nReport check, {len(texts)} papers ({half}):", flush=True)
        start = time.process_time()
        reports = {name: check_report(text) for name, text in texts.items()}
        seconds = time.process_time() - start
        words = sum(len(text.split()) for text in texts.values())
        print(f"  {100_000 * seconds / words:.2f} s per 100,000 words")
        _print_judged(reports)
        _print_planted(reports)
        _print_marks(reports, labels)
    triples = folder.parent / "explicit_triples.json"
    if triples.is_file():
        _print_triples(json.loads(triples.read_text("utf-8")))


def _print_judged(reports: dict[str, Report]) -> None:
    for what, pattern in (("counts with a percentage in %", PAIR), ("cells such as 46 (53)", CELL)):
        found: Counter[str] = Counter()
        for report in reports.values():
            at = {claim.pct_start: claim.verdict for claim in report.claims}
            for match in pattern.finditer(report.text):
                verdict = at.get(match.start("a" if match["a"] else "b"), "not read")
                found["judged" if verdict in VERDICTS and verdict != CANNOT_TELL else verdict] += 1
        print(f"  {what}: {_shares(found)}")


def _print_planted(reports: dict[str, Report]) -> None:
    """How often a wrong digit is flagged, and how often that flags something else as well."""
    found: Counter[str] = Counter()
    others = 0
    number = count()
    for report in reports.values():
        wrong = _wrong(report)
        for claim in report.claims:
            if claim.verdict != CONSISTENT or claim.numerator is None or claim.relation != "=":
                continue
            at = next(number)
            if at % PLANTED_EVERY or not (percent := _wrong_digit(claim, at)):
                continue
            end = claim.pct_start + len(claim.percent)
            planted = check_report(report.text[: claim.pct_start] + percent + report.text[end:])
            verdict = {c.pct_start: c.verdict for c in planted.claims}.get(claim.pct_start, "lost")
            found["flagged" if verdict in VERDICTS and VERDICTS[verdict].is_wrong else verdict] += 1
            others += len(_wrong(planted) - wrong - {claim.pct_start})
    print(f"  wrong digits planted: {_shares(found)}; {others} right percentages flagged by them")


def _wrong_digit(claim: Claim, at: int) -> str:
    """The percentage with its first or last digit changed, so that no rounding gives it."""
    printed = claim.percent
    place = 0 if at // PLANTED_EVERY % 2 else len(printed) - 1
    if claim.hedged or printed != claim.value or not printed[place].isdigit():
        return ""
    for step in (3, 5, 7):
        digit = str((int(printed[place]) + step) % 10)
        wrong = printed[:place] + digit + printed[place + 1 :]
        if not share_fits(claim.numerator or 0, claim.denominator or 0, wrong):
            return wrong if 0 < float(wrong) < 100 else ""
    return ""


def _wrong(report: Report) -> set[int]:
    return {claim.pct_start for claim in report.claims if VERDICTS[claim.verdict].is_wrong}


def _print_marks(reports: dict[str, Report], labels: list[dict[str, Any]]) -> None:
    flags = {(one["doc"], one["pct_start"]): one["label"] for one in labels if "pct_start" in one}
    places = {
        (one["doc"], one["kind"], tuple(map(tuple, one["spans"]))): one["label"]
        for one in labels
        if "spans" in one
    }
    marks: dict[str, Counter[str]] = {
        name: Counter() for name in ("red", "red, N of the sentence", "other rounding", "findings")
    }
    for name, report in reports.items():
        for claim in report.claims:
            label = flags.get((name, claim.pct_start), "not judged by hand")
            if VERDICTS[claim.verdict].is_wrong:
                marks["red"][label] += 1
                marks["red, N of the sentence"][label] += claim.n_source == "sentence"
            elif claim.verdict == ROUNDING:
                marks["other rounding"][label] += 1
        for finding in report.findings:
            if finding.verdict != CONSISTENT:
                label = places.get((name, finding.kind, finding.spans), "not judged by hand")
                marks["findings"][label] += 1
    for what, found in marks.items():
        print(f"  {what}: {_shares(+found)}")
    red = {(name, at) for name, report in reports.items() for at in _wrong(report)}
    known = [key for key, label in flags.items() if key[0] in reports and label == "true"]
    print(
        f"  marks judged true that are still red or other roundings: "
        f"{sum(key in red or _is_rounding(reports, key) for key in known)} of {len(known)}"
    )


def _is_rounding(reports: dict[str, Report], key: tuple[str, int]) -> bool:
    claims = reports[key[0]].claims
    return any(claim.pct_start == key[1] and claim.verdict == ROUNDING for claim in claims)


def _print_triples(triples: list[dict[str, Any]]) -> None:
    read, wrong = Counter[str](), Counter[str]()
    for triple in triples:
        fits = triple["half_up"] == CONSISTENT
        verdicts = [
            claim.verdict
            for claim in check_report(triple["text"]).claims
            if (claim.numerator, claim.denominator) == (triple["numerator"], triple["denominator"])
        ]
        read["read" if verdicts else "not read"] += 1
        if verdicts and not fits:
            wrong[verdicts[0]] += 1
    print(f"\nSentences with percentage, count and N: {_shares(read)}")
    print(f"  those that do not match half up: {_shares(wrong)}")


def _shares(found: Counter[str]) -> str:
    total = found.total()
    parts = [f"{times} {what} ({times / total:.0%})" for what, times in found.most_common()]
    return f"{total}: {', '.join(parts)}" if parts else "none"
