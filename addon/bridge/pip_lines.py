# SPDX-License-Identifier: GPL-3.0-or-later
"""How far pip is, by what it writes."""

from __future__ import annotations

import re

_FETCHED = re.compile(r"^\s*(Collecting|Requirement already satisfied|Processing|Obtaining)\b[ :]+([A-Za-z0-9._-]+)")
_PLANS = 0.75  # of the time goes into finding and fetching, the rest into unpacking


class Pip:
    """Counts packages against ``expected``; a share never falls, and is 1 at the end alone."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._seen: set[str] = set()
        self._share = 0.0

    def share(self, line: str) -> float:
        """The share after this line, 0 to 1."""
        found = _FETCHED.match(line)
        if found:
            self._seen.add(found[2].lower())
            self._reach(_PLANS * min(len(self._seen) / self._expected, 1.0))
        elif line.startswith("Installing collected packages"):
            self._reach(_PLANS)
        elif line.startswith("Successfully installed"):
            self._reach(1.0)
        return self._share

    def _reach(self, share: float) -> None:
        self._share = max(self._share, share)
