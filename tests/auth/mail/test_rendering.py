"""The mails in words: each in each language, with what is documented and nothing else."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from authberry import Settings, SettingsError
from authberry.mail.rendering import OURS, BrokenTemplate, MailKind, MailRenderer, RenderedMail

LANGUAGES = ("en", "ko")
DOCUMENT = (Path(__file__).parents[3] / "docs" / "mail.md").read_text("utf-8")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAMPLES: dict[str, object] = {
    "link": "https://auth.example.com/account/page#token=AbC-_123",
    "lifetime": timedelta(minutes=30),
    "wait": timedelta(hours=72),
    "address": "2001:db8::7",
    "old_email": "ada@old.example.com",
    "new_email": "ada@new.example.com",
    "at": datetime(2026, 11, 5, 21, 4, 9, tzinfo=UTC),
    "user_agent": FIREFOX,
    "name": "https://evil.example/<b>Ada</b>",
}
NULLABLE = {"name", "address", "user_agent"}
SAID = {
    "wait": {"en": "3 days", "ko": "3일"},
    "lifetime": {"en": "30 minutes", "ko": "30분"},
    "at": {"en": "5 November 2026, 21:04 UTC", "ko": "2026년 11월 5일 21:04 (UTC)"},
    "user_agent": {"en": "Firefox, Linux", "ko": "Firefox, Linux"},
}


def documented() -> dict[str, list[str]]:
    """The table of docs/mail.md: the values of each letter."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ?(.*?) ?\|$", DOCUMENT, re.MULTILINE)
    return {letter: re.findall(r"`(\w+)`", values) for letter, values in rows}


def values_of(letter: MailKind) -> dict[str, object]:
    """What a letter is given, and no more."""
    return {name: SAMPLES[name] for name in ["name", *documented()[letter.value]]}


def letters(**settings: object) -> MailRenderer:
    """The mails of a service that is called Example."""
    return MailRenderer(Settings.load(**{"service_name": "Example", **settings}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An operator's own templates."""
    folder = tmp_path / "templates"
    (folder / "en").mkdir(parents=True)
    return folder


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        """Read it."""
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Match it with its beginning."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def test_the_documented_letters_are_those_there_are() -> None:
    """Each with its values."""
    assert set(documented()) == {letter.value for letter in MailKind}
    assert documented()["email_changed"] == ["link", "lifetime", "old_email", "new_email", "at"]


def test_every_letter_is_there_in_both_kinds_and_nothing_else_is() -> None:
    """In each language."""
    expected = {f"{name}.{kind}" for kind in ("txt", "html")
                for name in ("layout", *(letter.value for letter in MailKind))}  # fmt: skip
    assert letters().languages == set(LANGUAGES)
    for language in LANGUAGES:
        assert {file.name for file in (OURS / language).iterdir()} == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", MailKind)
def test_a_letter_says_all_that_it_is_given(letter: MailKind, language: str) -> None:
    """And asks for nothing else: an unknown value would be an error."""
    written = letters().render(letter, language, values_of(letter))
    page = Page(written.html)
    assert written.language == language
    assert "Example" in written.subject
    assert "\n" not in written.subject
    assert page.open == []
    assert page.tags <= {"html", "head", "meta", "title", "body", "div", "h1", "p", "a", "br"}
    for text in (written.text, page.text):
        assert "Example" in text
        assert "{" not in text
        for name in documented()[letter.value]:
            said = SAID.get(name, {}).get(language, str(SAMPLES[name]))
            assert said in text, name
    assert ("lang", language) in page.attributes
    assert page.text.count(written.subject) == 2
    assert "\n\n\n" not in written.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", MailKind)
def test_a_page_loads_nothing_and_runs_nothing(letter: MailKind, language: str) -> None:
    """Its only links are the one it is about."""
    page = Page(letters().render(letter, language, values_of(letter)).html)
    names = {name for name, _ in page.attributes}
    assert names <= {"lang", "charset", "name", "content", "style", "role", "href"}
    links = {value for name, value in page.attributes if name == "href"}
    assert links == ({SAMPLES["link"]} if "link" in documented()[letter.value] else set())
    assert not any("url(" in str(value) for name, value in page.attributes if name == "style")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", MailKind)
def test_a_link_stands_alone_on_its_line(letter: MailKind, language: str) -> None:
    """So that programs which make links of text end it where it ends."""
    text = letters().render(letter, language, values_of(letter)).text
    if "link" in documented()[letter.value]:
        assert f"\n\n{SAMPLES['link']}\n\n" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", MailKind)
def test_a_letter_can_do_without_what_is_not_known(letter: MailKind, language: str) -> None:
    """A network address, a browser's name, a person's name."""
    nullable = NULLABLE | ({"link"} if letter is MailKind.NEW_DEVICE else set())
    values = {
        name: None if name in nullable else value for name, value in values_of(letter).items()
    }
    written = letters().render(letter, language, values)
    assert "None" not in written.text + written.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", MailKind)
def test_what_strangers_choose_is_in_no_mail(letter: MailKind, language: str) -> None:
    """Neither a name nor what a browser says of itself: either may be a link, or a threat."""
    values = values_of(letter)
    for name in {"name", "user_agent"} & values.keys():
        values[name] = "evil.example <script>alert(1)</script>\r\nBcc: x@evil.example"
    written = letters().render(letter, language, values)
    for text in (written.subject, written.text, written.html):
        assert "evil" not in text
        assert "script" not in text


def test_what_is_not_html_is_escaped_on_the_page() -> None:
    """And stands as it is in the text."""
    written = letters(service_name="<b>&Co").render(
        MailKind.EMAIL_CHANGED, "en", {**values_of(MailKind.EMAIL_CHANGED), "new_email": "<i>@x.y"}
    )
    assert "<b>&Co" in written.text
    assert "b" not in Page(written.html).tags
    assert "i" not in Page(written.html).tags
    assert "&lt;i&gt;@x.y" in written.html


def test_a_service_without_a_name_is_called_as_its_host() -> None:
    """Which is in its links as well."""
    written = letters(service_name="", public_url="https://auth.example.com/x").render(
        MailKind.TEST, "en", {"name": None}
    )
    assert written.subject == "A test mail from auth.example.com"


# Times, and who asked


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (timedelta(minutes=30), ("30 minutes", "30분", "30 min")),
        (timedelta(minutes=1), ("1 minute", "1분", "1 min")),
        (timedelta(minutes=90), ("90 minutes", "90분", "90 min")),
        (timedelta(hours=1), ("1 hour", "1시간", "1 h")),
        (timedelta(hours=36), ("36 hours", "36시간", "36 h")),
        (timedelta(days=7), ("7 days", "7일", "7 d")),
        (timedelta(seconds=100), ("2 minutes", "2분", "2 min")),
    ],
)
def test_a_duration_is_in_the_largest_unit_that_divides_it(
    folder: Path, time: timedelta, expected: tuple[str, ...]
) -> None:
    """In words where there are words, and else in signs that everybody reads."""
    for language in ("en", "ko", "de"):
        (folder / language).mkdir(exist_ok=True)
        (folder / language / "test.txt").write_text("x\n{{ time | duration }}")
        (folder / language / "test.html").write_text("")
    ours = letters(mail_templates=str(folder))
    written = [
        ours.render(MailKind.TEST, language, {"time": time}) for language in ("en", "ko", "de")
    ]
    assert tuple(one.text.strip() for one in written) == expected


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
            ),
            "Edge, Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
                " (KHTML, like Gecko) CriOS/142.0.1 Mobile/15E148 Safari/604.1"
            ),
            "Chrome, iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like"
                " Gecko) Version/18.5 Safari/605.1.15"
            ),
            "Safari, macOS",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko)"
                " SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36"
            ),
            "Samsung Internet, Android",
        ),
        ("curl/8.5.0", "a program that we do not know"),
        ("", "a program that we do not know"),
        (None, "a program that we do not know"),
    ],
)
def test_a_browser_is_named_in_our_own_words(user_agent: str | None, expected: str) -> None:
    """Browser and system, and nothing that the client has written."""
    written = letters().render(
        MailKind.NEW_DEVICE, "en", {**values_of(MailKind.NEW_DEVICE), "user_agent": user_agent}
    )
    assert f"\nWith: {expected}\n" in written.text


# Templates of an operator's own


def write(folder: Path, name: str, text: str) -> None:
    """Write one template."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def reset(ours: MailRenderer, language: str = "en") -> RenderedMail:
    """Write the mail about a forgotten password."""
    return ours.render(MailKind.RESET_PASSWORD, language, values_of(MailKind.RESET_PASSWORD))


def test_an_operators_file_is_taken_first_and_the_rest_is_ours(folder: Path) -> None:
    """It may build on our layout; what is written is read anew when it changes."""
    ours = letters(mail_templates=str(folder))
    write(folder, "en/reset_password.txt", "An old\n\nThere: {{ link }}\n")
    assert reset(ours).subject == "An old"
    write(folder, "en/reset_password.txt", "A new\n\nHere: {{ link }}\n")
    assert reset(ours).text == f"Here: {SAMPLES['link']}\n"
    assert reset(ours).subject == "A new"
    assert reset(ours).html.count("Set a new password") == 1  # on the button, which is ours
    ours = letters(mail_templates=str(folder))
    write(
        folder,
        "en/reset_password.html",
        '{% extends "en/layout.html" %}{% block body %}<p>{{ name }}</p>{% endblock %}',
    )
    page = reset(ours).html
    assert "<p>https://evil.example/&lt;b&gt;Ada&lt;/b&gt;</p>" in page
    assert "Nobody reads replies" in page
    assert reset(ours, "ko") == reset(letters(), "ko")


def test_a_folder_adds_a_language(folder: Path) -> None:
    """It is chosen like ours; a letter that it lacks goes out in English."""
    write(folder, "pt-BR/reset_password.txt", "Nova senha\n\n{{ link }} {{ lifetime | duration }}")
    write(folder, "pt-BR/reset_password.html", '<html lang="{{ language }}">{{ subject }}')
    ours = letters(mail_templates=str(folder))
    assert ours.languages == {"en", "ko", "pt-br"}
    language = ours.language(None, "pt-BR,pt;q=0.9,en;q=0.5")
    assert language == "pt-br"
    written = reset(ours, language)
    assert written.subject == "Nova senha"
    assert written.text == f"{SAMPLES['link']} 30 min\n"
    assert written.language == "pt-br"
    other = ours.render(MailKind.TEST, language, {"name": None})
    assert (other.language, other.subject) == ("en", "A test mail from Example")
    assert ours.language("ko", "pt-BR") == "ko"
    assert ours.language(None, "fr") == "en"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("a\n{{ nothing }}", "en/reset_password.txt line 2: 'nothing' is undefined"),
        ("a\n{% if %}", "en/reset_password.txt line 2: Expected an expression, got 'end of"),
        ("a\n{{ 1 / 0 }}", "en/reset_password.txt line 2: ZeroDivisionError"),
        ("a\n{{ link + 1 }}", "en/reset_password.txt line 2: TypeError"),
        ("a\n{{ link | nosuch }}", "en/reset_password.txt line 2: No filter named 'nosuch'"),
        ('{% extends "nosuch.txt" %}', "en/reset_password.txt line 1: nosuch.txt"),
    ],
)
def test_what_is_broken_is_named_by_file_and_line(
    folder: Path, template: str, problem: str
) -> None:
    """And by nothing of what was to be said."""
    write(folder, "en/reset_password.txt", template)
    with pytest.raises(BrokenTemplate) as broken:
        reset(letters(mail_templates=str(folder)))
    assert str(broken.value).startswith(problem)
    assert "token=" not in str(broken.value)


@pytest.mark.parametrize(
    "escape",
    [
        "{{ link.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ lifetime.__init__.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(link) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ range(1000000) | list }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../../../../../etc/passwd' %}",
    ],
)
def test_a_template_does_not_leave_the_sandbox(folder: Path, escape: str) -> None:
    """Who writes templates does not get at the process, nor at its files."""
    write(folder, "en/reset_password.txt", f"subject\n{escape}")
    with pytest.raises(BrokenTemplate):
        reset(letters(mail_templates=str(folder)))


def test_a_folder_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    """By name, before a mail is lost to it."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(SettingsError) as refused:
            Settings.load(mail_templates=str(path))
        assert str(refused.value) == (
            f"AUTHBERRY_MAIL_TEMPLATES: must name a folder that can be read, which {path} is not"
        )
