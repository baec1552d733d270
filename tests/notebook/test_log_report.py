"""The page as a browser reads it: whole, off line, on a phone, and harmless whatever the folder is called."""

from __future__ import annotations

from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from logs_by_hand import small_training

from course_lib.notebook.log_analysis import Log
from course_lib.notebook.log_files import LogError
from course_lib.notebook.log_report import PARTS, report_page, write_report
from course_lib.notebook.log_summary import summary

WHEN = datetime(2026, 1, 2, 3, 4)


class Page(HTMLParser):
    """Tags with their attributes, and all words."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name: str) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_page_has_summary_contents_and_pictures_and_nothing_from_elsewhere(log):
    text = report_page(log, ["Something was left out."], WHEN)
    page = Page(text)
    said = " ".join(page.words).replace("\u00a0", " ")
    assert all(sentence in said for sentence in summary(log)) and "Something was left out." in said
    assert said.index(summary(log)[0]) < said.index("Reward and completion")
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = [attributes["href"] for attributes in page.all("a")]
    assert {link.removeprefix("#") for link in links} <= anchors and len(links) > len(PARTS)
    images = page.all("img")
    assert len(images) == len(PARTS)
    assert all(image["alt"] and image["src"].startswith("data:image/png;base64,") for image in images)
    assert not page.all("script") and "http" not in text and "url(" not in text
    assert len(text) < 600_000
    assert "2026-01-02 03:04" in said and str(log.path.parent) not in text  # nobody's folders are told


def test_names_stay_names(tmp_path, square):
    folder = small_training(tmp_path / "{{notes}} & ü", square)
    folder.reward_path.write_text("# <script>alert(1)</script> {{title}}\n", encoding="utf-8")
    page = Page(report_page(Log.open(folder, square), ["<img src=x>"], WHEN))
    assert "How {{notes}} & ü was trained" in page.words
    assert "# <script>alert(1)</script> {{title}}\n" in page.words and "<img src=x>" in page.words
    assert not page.all("script") and len(page.all("img")) == len(PARTS)


@pytest.fixture(scope="module")
def pages(log, real, tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("Berichte ü")
    return [write_report(shown, folder / f"Bericht ü {k}.html") for k, shown in enumerate((log, real))]


def test_the_page_is_written_in_full_or_one_sentence_says_why_not(pages, log, tmp_path):
    assert all(path.read_text(encoding="utf-8").endswith("</html>\n") for path in pages)
    assert sorted(pages[0].parent.iterdir()) == pages  # and nothing is left beside them
    with pytest.raises(LogError, match="cannot be written") as error:
        write_report(log, tmp_path / "missing" / "report.html")
    assert "\n" not in str(error.value)


# A browser


def faults_of(browser, path: Path, width: int) -> list[str]:
    """What is wrong with a page in a window of this width."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or faults.append(request.url))
    page.goto(path.as_uri())
    loaded = page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth > 400)")
    faults += [] if len(loaded) == len(PARTS) and all(loaded) else [f"images: {loaded}"]
    for fold in page.locator("summary").all():
        fold.click()
    across = page.evaluate("document.documentElement.scrollWidth")
    faults += [] if across <= width else [f"{across} px wide"]
    page.locator("nav a").last.click()
    faults += [] if page.evaluate("scrollY") > 500 else ["the contents lead nowhere"]
    context.close()
    return faults


@pytest.mark.parametrize("width", [1200, 400])
def test_a_browser_shows_it_off_line(browser, pages, width):
    assert [faults_of(browser, path, width) for path in pages] == [[], []]
