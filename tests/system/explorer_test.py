"""The explorer in a real browser, behind the tenant's prefix: the page loads, lists the models, and an operation tried in it works."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import browser  # noqa: E402
from sandbox import BIN, Sandbox  # noqa: E402

SCREENSHOTS = pathlib.Path(os.environ.get("MT_BUILD", "/tmp")) / "screenshots"


class Explorer(unittest.TestCase):
    def test_an_operation_tried_in_the_page(self):
        SCREENSHOTS.mkdir(exist_ok=True)
        with Sandbox() as box:
            box.mtm("add", "foo")
            box.mtm("model", "foo:Customer")
            box.start()
            box.post("/foo/api/Customers", {"name": "Ann"})
            with browser.Browser() as page:
                page.open(f"http://127.0.0.1:{box.port}/foo/explorer")
                page.wait("the models to be listed", "document.querySelectorAll('.opblock-tag').length > 0")
                page.screenshot(SCREENSHOTS / "explorer.png")
                tags = page.script("return [...document.querySelectorAll('.opblock-tag')].map(e => e.dataset.tag)")
                self.assertIn("Customer", tags)

                # The id holds a backslash of its own, so it is matched as an attribute. Open the tag, then GET /Customers.
                operation = r"[id='operations-Customer-Customer\\.find']"
                page.click(".opblock-tag[data-tag=Customer]")
                page.wait("the operations", f"!!document.querySelector({json.dumps(operation)})")
                page.click(f"{operation} .opblock-summary-control")
                page.wait("the operation to open", "!!document.querySelector('.try-out__btn')")
                page.click(f"{operation} .try-out__btn")
                page.wait("the execute button", "!!document.querySelector('.execute')")
                page.click(f"{operation} .execute")
                page.wait("an answer", "!!document.querySelector('.live-responses-table .response-col_status')")
                answer = page.script("return document.querySelector('.live-responses-table').innerText")
                page.screenshot(SCREENSHOTS / "explorer-answer.png")
                self.assertIn("200", answer)
                self.assertIn('"name": "Ann"', answer)
                url = page.script("return document.querySelector('.request-url pre').innerText")
                self.assertTrue(url.startswith(f"http://127.0.0.1:{box.port}/foo/api/Customers"), url)
                errors = [e for e in page.console_errors() if "favicon" not in e]
                self.assertEqual(errors, [])


if __name__ == "__main__":
    if not browser.available():
        print("skipped: chromium and chromedriver are not installed")
        sys.exit(77)
    if not (BIN.parent / "share/mtg/explorer/swagger-ui-bundle.js").exists():
        print("skipped: the build had no npm, so there are no explorer assets")
        sys.exit(77)
    unittest.main(verbosity=2)
