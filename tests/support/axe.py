"""axe-core on a page: what would keep somebody from using it (WCAG 2.2, A and AA)."""

from importlib.resources import files
from typing import Any

from playwright.async_api import Page

SOURCE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = """
() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
})
"""


async def barriers(page: Page) -> list[str]:
    """Serious and critical violations, one line each."""
    await page.evaluate(SOURCE)
    results: dict[str, Any] = await page.evaluate(RUN)
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:120]}"
        for violation in results["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
