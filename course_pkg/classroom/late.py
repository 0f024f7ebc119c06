"""Late work: what lateness costs, from two times and a policy. Pure functions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from course_pkg.classroom.results import Results


@dataclass(frozen=True)
class Policy:
    """How much lateness costs. `per_day` and `most` are percentages of the score, `grace` is in minutes.

    >>> policy = Policy(per_day=10, most=50, grace=15)
    >>> due = moment("2026-12-01T23:59+01:00")
    >>> policy.lost(moment("2026-12-02T00:10+01:00"), due), policy.lost(moment("2026-12-02T00:20+01:00"), due)
    (0.0, 0.1)
    """

    per_day: float = 0.0
    most: float = 100.0
    grace: float = 0.0

    def __post_init__(self) -> None:
        for name in ("per_day", "most"):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"late policy: expected {name} between 0 and 100 percent, got {getattr(self, name)}")
        if not 0 <= self.grace < math.inf:
            raise ValueError(f"late policy: expected a grace of 0 minutes or more, got {self.grace}")

    def days(self, submitted: datetime | None, due: datetime | None) -> int:
        """Begun days after the due time; none within the grace, without a due time, or where no time is known."""
        if submitted is None or due is None or submitted - due <= timedelta(minutes=self.grace):
            return 0
        return math.ceil((submitted - due) / timedelta(days=1))

    def lost(self, submitted: datetime | None, due: datetime | None) -> float:
        """The part of the score that is lost, from 0 to most / 100."""
        return min(self.per_day * self.days(submitted, due), self.most) / 100

    def words(self, due: Mapping[str, datetime]) -> str:
        """The policy as a student may read it; nothing where no sheet has a due time."""
        if not due:
            return ""
        same = len(set(due.values())) == 1
        times = [f"{'' if same else f'{sheet} '}{time.isoformat(' ', 'minutes')}" for sheet, time in due.items()]
        grace = f", after {self.grace:g} minutes of grace" if self.grace else ""
        cost = f"{self.per_day:g} % of the score lost each begun day, {self.most:g} % at most"
        return f"due {'; '.join(dict.fromkeys(times))}: {cost}{grace}"


def moment(text: str) -> datetime:
    """A time from ISO 8601 with its zone. Raises ValueError where the zone is missing: whose midnight is meant?"""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"expected a time with its zone, as in 2026-12-01T23:59+01:00, got {text!r}")
    return found


def due_times(given: Sequence[str], sheets: Mapping[str, object]) -> dict[str, datetime]:
    """{sheet: when it is due} from TIME, which is for all sheets, and SHEET=TIME, which is for one."""
    found: dict[str, datetime] = {}
    for text in sorted(given, key=lambda text: "=" in text):  # what is said of one sheet comes after what is for all
        sheet, _, time = text.rpartition("=")
        if sheet and sheet not in sheets:
            raise ValueError(f"a due time for {sheet!r}, which is no sheet here; there are {', '.join(sheets)}")
        found |= dict.fromkeys([sheet] if sheet else list(sheets), moment(time))
    return found


def with_policy(results: Results, policy: Policy, due: Mapping[str, datetime]) -> Results:
    """The results with the penalties of this policy instead of theirs. A time without a zone is read as UTC."""
    changed = []
    for s in results.submissions:
        at = datetime.fromisoformat(s.submitted) if s.submitted else None
        at = at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
        penalty = 0.0 if s.score is None else s.score * policy.lost(at, due.get(s.sheet))
        changed.append(replace(s, penalty=penalty))
    return replace(results, submissions=tuple(changed), late=policy.words(due))
