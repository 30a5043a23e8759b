"""SQL of this app's migrations."""


def time_zone_check(schema: str) -> list[str]:
    """A zone that PostgreSQL does not know would make every decision fail: refused when written."""
    return [
        'ALTER TABLE "public"."freezes_freeze" ADD CONSTRAINT "freeze_time_zone" CHECK '
        "(time_zone = '' OR timezone(time_zone, '2000-01-01 00:00Z'::timestamptz) IS NOT NULL)"
    ]
