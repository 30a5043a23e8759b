"""What the web process writes to its log."""

import logging


class RefusalsInALine(logging.Filter):
    """A right that somebody has not got is no failure: one line, without the way to it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 0) == 403:
            record.exc_info = record.exc_text = None
        return True
