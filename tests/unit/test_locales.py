"""Every word that a person sees comes from a catalogue, and the catalogues keep in step."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
SOURCES = [*(WEB / "ui").glob("*.js"), *(WEB / "core").glob("*.js")]
ENTRY = re.compile(r'^  "([^"]+)": (\{.*\}|"(?:[^"\\]|\\.)*"),$', re.MULTILINE)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
CATEGORIES = {"en": {"one", "other"}, "zh": {"other"}}


def catalogue(locale: str) -> dict[str, str]:
    text = (WEB / "locales" / f"{locale}.js").read_text()
    found = ENTRY.findall(text)
    lines = [line for line in text.splitlines() if line.startswith('  "')]
    assert len(found) == len(lines), f"{locale}.js has a line that is not one entry."
    keys = [key for key, _ in found]
    assert len(keys) == len(set(keys)), f"{locale}.js says something twice."
    return dict(found)


EN = catalogue("en")
ZH = catalogue("zh")


def mentioned() -> tuple[set[str], list[re.Pattern[str]]]:
    """Keys as they stand in the sources, and patterns for those that are put together."""
    exact: set[str] = set()
    built: list[re.Pattern[str]] = []
    for source in SOURCES:
        text = source.read_text()
        exact.update(re.findall(r'"([a-z]+(?:\.[a-z-]+)+)"', text))
        for template in re.findall(r"`([a-z]+\.[^`]*\$\{[^`]*)`", text):
            parts = re.split(r"\$\{[^}]*\}", template)
            built.append(re.compile("[^.]+".join(map(re.escape, parts))))
    return exact, built


def test_every_key_that_the_page_says_is_in_the_english_catalogue() -> None:
    for source in SOURCES:
        for key in re.findall(r'\bt(?:\.has)?\(\s*"([^"]+)"', source.read_text()):
            assert key in EN, f"{source.name} says {key}, which no catalogue has."


def test_every_english_entry_is_said_somewhere() -> None:
    exact, built = mentioned()
    unused = [key for key in EN if key not in exact and not any(p.fullmatch(key) for p in built)]
    assert not unused


def test_the_chinese_catalogue_has_the_same_keys() -> None:
    assert set(ZH) == set(EN)


@pytest.mark.parametrize("key", EN)
def test_both_languages_fill_in_the_same_things(key: str) -> None:
    def names(entry: str) -> set[str]:
        return set(PLACEHOLDER.findall(re.sub(r"^\{|\}$", "", entry)))

    assert names(EN[key]) == names(ZH[key])


@pytest.mark.parametrize(("locale", "entries"), [("en", EN), ("zh", ZH)])
def test_a_plural_entry_has_the_categories_of_its_language(
    locale: str, entries: dict[str, str]
) -> None:
    for key, entry in entries.items():
        if entry.startswith("{"):
            found = set(re.findall(r"(\w+): \"", entry))
            assert found == CATEGORIES[locale], key


def without_code(markup: str) -> str:
    """A template without its ${...} parts, which may nest."""
    out, depth = [], 0
    for at, letter in enumerate(markup):
        if markup.startswith("${", at):
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
        elif not depth:
            out.append(letter)
    return "".join(out)


@pytest.mark.parametrize("view", sorted((WEB / "ui").glob("*.js")), ids=lambda path: path.name)
def test_markup_holds_no_words_of_its_own(view: Path) -> None:
    markup = without_code("".join(re.findall(r"html`(.*?)`;", view.read_text(), re.DOTALL)))
    spoken = re.findall(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"]+)\"", markup)
    spoken += re.findall(r">\s*([A-Za-z][A-Za-z ,.]{2,})\s*<", markup)
    assert [words.strip() for words in spoken] in ([], ["Greenroom"])


def test_no_sentence_breaks_the_house_wording() -> None:
    for key, entry in EN.items():
        assert not re.search(r"!|\b(please|oops|sorry)\b", entry, re.IGNORECASE), key
