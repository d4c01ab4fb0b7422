"""What the templates of mails make of values that are not words: times, and who asked.

In English and Korean there are words. A language that an operator adds gets signs that are the same
everywhere: `30 min`, `2026-11-25 21:04 UTC`.
"""

import re
from datetime import UTC, datetime, timedelta

from jinja2 import pass_context
from jinja2.runtime import Context

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
_WORDS = {
    "en": {"d": "day", "h": "hour", "min": "minute"},
    "ko": {"d": "일", "h": "시간", "min": "분"},
}
_MOMENTS = {
    "en": "{0.day} {1} {0.year}, {0:%H:%M} UTC",
    "ko": "{0.year}년 {0.month}월 {0.day}일 {0:%H:%M} (UTC)",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

# The first that matches: most programs claim to be several others as well.
_BROWSERS = (
    (re.compile(r"\bEdgi?A?(?:OS)?/"), "Edge"),
    (re.compile(r"\b(?:OPR|Opera)/"), "Opera"),
    (re.compile(r"\bSamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"\bWhale/"), "Whale"),
    (re.compile(r"\b(?:Firefox|FxiOS)/"), "Firefox"),
    (re.compile(r"\b(?:Chrome|CriOS)/"), "Chrome"),
    (re.compile(r"\bSafari/"), "Safari"),
)
_SYSTEMS = (
    (re.compile(r"\biPhone\b"), "iPhone"),
    (re.compile(r"\biPad\b"), "iPad"),
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bMac OS X\b"), "macOS"),
    (re.compile(r"\bLinux\b"), "Linux"),
)
_UNKNOWN = {"en": "a program that we do not know", "ko": "알 수 없는 프로그램"}


@pass_context
def duration(context: Context, time: timedelta) -> str:
    """Write a time in its largest unit that divides it: `30 minutes`, `7 days`."""
    for unit, sign in _UNITS:
        if time % unit == timedelta(0) or sign == "min":
            return _counted(round(time / unit), sign, context["language"])
    raise AssertionError(time)  # minutes take whatever is left


@pass_context
def moment(context: Context, at: datetime) -> str:
    """Write a date and a time of day, in UTC: where the reader lives is not known."""
    utc = at.astimezone(UTC)
    form = _MOMENTS.get(context["language"], "{0:%Y-%m-%d %H:%M} UTC")
    return form.format(utc, _MONTHS[utc.month - 1])


@pass_context
def device(context: Context, user_agent: str | None) -> str:
    """Name the browser and the system, in words of ours only.

    What a client says of itself is a stranger's text, which may as well be a link.
    """
    said = user_agent or ""
    found = [
        next((name for pattern, name in known if pattern.search(said)), None)
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or _UNKNOWN.get(context["language"], "?")


def _counted(number: int, sign: str, language: str) -> str:
    words = _WORDS.get(language)
    if words is None:
        return f"{number} {sign}"
    if language == "ko":
        return f"{number}{words[sign]}"
    return f"{number} {words[sign]}{'' if number == 1 else 's'}"


FILTERS = {"duration": duration, "moment": moment, "device": device}
