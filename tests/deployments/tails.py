"""The text of a page of a log."""

from apps.deployments.log_pages import LogPage, last_page
from apps.deployments.models import DeploymentStep


def lines_of(page: LogPage) -> list[str]:
    return ["".join(piece.text for piece in line.pieces) for line in page.lines]


def read_tail(step: DeploymentStep) -> list[str]:
    """The lines of the last page."""
    return lines_of(last_page(step))
