"""The assertions that judge words of order on the pages: see page_claims.py."""

from importlib import import_module
from pathlib import Path

CLAIMED = {
    page: table
    for module in (import_module(path.stem) for path in sorted(Path(__file__).parent.glob("claimed_*.py")))
    for page, table in module.CLAIMED.items()
}
