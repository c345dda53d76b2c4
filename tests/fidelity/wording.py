"""Text without what may differ between any two runs: addresses, durations, ids, file names.

Every pattern of `RULES` is told to the readers of the dive-in under the rule's name.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

STDLIB = str(Path(re.__file__).parents[1])


@dataclass(frozen=True)
class Rule:
    """One thing that is not compared: the pattern that finds it and the word put in its place."""

    name: str
    pattern: re.Pattern[str]
    word: str


NUMBER = r"\d[\d,]{0,12}(?:\.\d{1,9})?(?:e[+-]?\d+)?"

RULES = (
    Rule("memory addresses", re.compile(r"0x[0-9a-fA-F]{6,16}"), "0x…"),
    Rule(
        "the file a cell is compiled as",
        re.compile(r"(?:/[\w.-]+)*/ipykernel_\d+/\d+\.py"),
        "<cell>",
    ),
    Rule("the file a cell is compiled as", re.compile(r"<cell [^>\s]+ #[\w-]+>"), "<cell>"),
    Rule("the file a cell is compiled as", re.compile(r"^Cell [^\s:]+(?=:\d+: )", re.M), "<cell>"),
    Rule(
        "the day and time of a run", re.compile(r"(Date:[^\d]{0,80})\d\d \w{3} \d{4}"), r"\1<day>"
    ),
    Rule(
        "the day and time of a run",
        re.compile(r"(Date:[^\d]{0,80})\d{4}-\d\d-\d\d \d\d:\d\d"),
        r"\1<time>",
    ),
    Rule("the day and time of a run", re.compile(r"(Time:[^\d]{0,80})\d\d:\d\d:\d\d"), r"\1<time>"),
    Rule("the day and time of a run", re.compile(r"\s*<dc:date>[^<]+</dc:date>"), ""),
    Rule(
        "durations",
        re.compile(rf"{NUMBER} ?(?:ns|µs|μs|us|ms|sec(?:onds?)?|s|min)\b"),
        "<duration>",
    ),
    Rule("durations", re.compile(r"\d\d:\d\d<(?:\d\d:\d\d|\?), +[^\]\s]+(?:it/s|s/it)"), "<pace>"),
    Rule("durations", re.compile(r"^The slowest run took .*\n", re.M), ""),
    Rule("process ids", re.compile(r"(?i)\b(pid) ?[=:]? ?\d+"), r"\1 <number>"),
    Rule(
        "generated ids",
        re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
        "<id>",
    ),
    Rule(
        "generated ids",
        re.compile(r"[0-9a-f]{8}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{12}"),
        "<id>",
    ),
    Rule("generated ids", re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{32}(?![0-9a-fA-F])"), "<id>"),
    Rule("generated ids", re.compile(r"\bp\d{4,6}\b"), "<id>"),
    Rule("generated ids", re.compile(r"\bT_[0-9a-f]{5}(?=[_\s\"{#])"), "T_<id>"),
)


def plain(text: str, folder: str) -> str:
    """The text with every rule applied, the working folder and Python's own folders named."""
    for place, word in ((folder, "<folder>"), (sys.prefix, "<python>"), (STDLIB, "<library>")):
        text = text.replace(place, word)
    for rule in RULES:
        text = rule.pattern.sub(rule.word, text)
    return text
