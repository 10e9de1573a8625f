"""The operator's page in a real browser: signed in by the printed link, it lists, searches, acts, and shows what goes on."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import browser  # noqa: E402
from sandbox import Sandbox, wait_for  # noqa: E402

SCREENSHOTS = pathlib.Path(os.environ.get("MT_BUILD", "/tmp")) / "screenshots"
TENANTS = 300

# What stands out to the side of the window, and texts with less contrast than WCAG 2 AA wants.
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
TOO_PALE = """
const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const colour = parse(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const pale = [];
for (const element of document.body.querySelectorAll("*")) {
  const texts = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!texts || !element.checkVisibility() || element.disabled) continue;
  const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) pale.push(element.outerHTML.slice(0, 120));
}
return pale;
"""


class OperatorsPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        SCREENSHOTS.mkdir(exist_ok=True)

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        for number in range(TENANTS):
            (self.box.tenants / f"t{number:03}").mkdir(parents=True)
        self.box.mtm("add", "foo", "bar", "--connector", "memory")
        self.box.mtm("model", "foo:Item")
        self.box.start("--ui=127.0.0.1:0")

    def write_log(self, line):
        with open(self.box.tenants / ".run/log/foo.log", "a") as log:
            log.write(line + "\n")

    def sign_in(self, page):
        page.open(self.box.data("mtg", "ui")["url"])
        page.wait("the list", "document.querySelectorAll('.tenants tbody tr').length === 50")

    def type(self, page, selector, text):
        page.script("const field = document.querySelector(arguments[0]); field.focus(); field.value = arguments[1];"
                    "field.dispatchEvent(new Event('input', {bubbles: true}))", selector, text)

    def look(self, page, name):
        page.screenshot(SCREENSHOTS / f"ui-{name}.png")
        self.assertFalse(page.script(f"return {TOO_WIDE}"), f"{name} is wider than its window")
        self.assertEqual(page.script(TOO_PALE), [], name)

    def test_what_an_operator_does(self):
        box = self.box
        self.assertEqual(box.get("/foo/api/Items").status, 200)
        with browser.Browser() as page:
            self.sign_in(page)
            self.assertNotIn("sign-in", page.script("return location.href"))
            self.assertIn(f"{TENANTS + 2} tenants", page.script("return document.getElementById('gateway').textContent"))
            self.type(page, "#search", "t29")
            page.wait("what is searched for", "document.querySelectorAll('.tenants tbody tr').length === 10")
            self.type(page, "#search", "")
            page.wait("all again", "document.querySelectorAll('.tenants tbody tr').length === 50")
            page.click(".pages button:last-of-type")
            page.wait("the second page", "document.querySelector('.pages .quiet').textContent.startsWith('51–100 of 302')")
            page.click("th:nth-child(7) .sort")
            page.wait("the sorted list", "document.querySelector('th:nth-child(7)').getAttribute('aria-sort') === 'descending'")
            page.click("[data-state=ready]")
            page.wait("the one that is ready", "[...document.querySelectorAll('.tenants tbody a')].map((a) => a.textContent).join() === 'foo'")
            self.look(page, "list")

            page.click(".tenants tbody a")
            page.wait("its page", "document.querySelector('.summary')?.textContent === 'foo is served.'")
            page.click("#tab-log")
            page.wait("its log", "document.querySelector('[role=tabpanel]').textContent.includes('written nothing')")
            self.write_log("a <b>live</b> line")
            page.wait("a line that is written now", "document.querySelector('.lines li')?.textContent === 'a <b>live</b> line'")
            page.click("#tab-requests")
            page.wait("the pane", "document.querySelector('[role=tabpanel]').textContent.includes('as they finish')")
            wait_for("a request that is shown", lambda: box.get("/foo/api/Items?seen=1").status == 200 and
                     page.script("return document.querySelector('[role=tabpanel]').textContent.includes('GET /foo/api/Items?seen=1')"))
            self.look(page, "requests")
            page.click("#tab-files")
            page.wait("its files", "document.querySelectorAll('details').length > 3 && document.querySelectorAll('td').length > 10")
            page.click("summary")
            self.look(page, "files")
            page.click("#tab-processes")
            page.wait("its process", "document.querySelector('[role=tabpanel] td')?.lastChild.textContent === 'serving'")
            self.look(page, "processes")

            page.click("[data-verb=suspend]")
            page.wait("the form", "!!document.querySelector('dialog[open]')")
            self.type(page, "#reason", "moving the database")
            self.look(page, "suspend")
            page.click("dialog .main")
            page.wait("the suspension", "document.querySelector('.title-line .state').textContent === 'suspended'")
            self.assertEqual(box.get("/foo").status, 503)
            page.click("#tab-why")
            page.wait("why", "document.querySelector('.summary')?.textContent.includes('moving the database')")
            page.click("[data-verb=resume]")
            page.wait("the end of it", "document.querySelector('.title-line .state').textContent !== 'suspended'")
            self.assertEqual(box.get("/foo").status, 200)

            self.assertEqual(page.console_errors(), [])
            page.click("#sign-out")
            page.wait("the way back in", "document.querySelector('h1').textContent === 'Sign in'")
            self.assertEqual(page.script("return localStorage.length"), 0)

    def test_in_the_dark_and_on_a_phone(self):
        box = self.box
        self.assertEqual(box.get("/foo/api/Items").status, 200)
        with browser.Browser(dark=True) as page:
            self.sign_in(page)
            page.wait("events", "document.querySelectorAll('.events li').length > 0")
            self.look(page, "dark")
            page.open(page.script("return location.href") + "tenant/foo/why")
            page.wait("its page", "!!document.querySelector('.summary')")
            self.look(page, "dark-tenant")
        self.write_log("a line that is longer than a telephone is wide, " * 3)
        with browser.Browser(width=360, height=740, phone=True) as page:
            self.sign_in(page)
            self.assertEqual(page.script("return innerWidth"), 360)
            self.look(page, "phone")
            page.open(page.script("return location.href") + "tenant/foo/log")
            page.wait("its log", "document.querySelectorAll('.lines li').length > 0")
            self.look(page, "phone-tenant")
            page.click("#tab-files")
            page.wait("its files", "document.querySelectorAll('details').length > 3 && document.querySelectorAll('td').length > 10")
            self.look(page, "phone-files")
            page.click("#tab-processes")
            page.wait("its process", "document.querySelector('[role=tabpanel] td')?.lastChild.textContent === 'serving'")
            self.look(page, "phone-processes")

    def test_with_the_keyboard_alone(self):
        with browser.Browser() as page:
            self.sign_in(page)
            names = page.script("""return [...document.querySelectorAll('button, input, select, a')].filter((each) => each.checkVisibility())
                .map((each) => (each.textContent || each.labels?.[0]?.textContent || '').trim()).filter((name) => !name).length""")
            self.assertEqual(names, 0, "something has no name")
            page.open(page.script("return location.href") + "tenant/foo/why")
            page.wait("its page", "!!document.querySelector('.summary')")
            self.assertEqual(page.script("return document.activeElement.tagName"), "H1")
            page.script("document.getElementById('tab-why').focus()")
            page.keys("\ue014")  # arrow to the right
            page.wait("the next tab", "document.activeElement.id === 'tab-log' && document.activeElement.getAttribute('aria-selected') === 'true'")
            page.click("[data-verb=suspend]")
            page.wait("the form", "!!document.querySelector('dialog[open]')")
            page.keys("\ue00c")  # escape
            page.wait("the form to be gone", "!document.querySelector('dialog')")
            self.assertEqual(page.script("return document.activeElement.dataset.verb"), "suspend")
            self.assertNotEqual(self.box.tenant("foo")["state"], "suspended")


if __name__ == "__main__":
    if not browser.available():
        print("skipped: chromium and chromedriver are not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
