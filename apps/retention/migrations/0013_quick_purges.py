from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from apps.core.walls.functions import functions
from apps.core.walls.operations import Sql


class Migration(migrations.Migration):
    """What is asked of every row that goes, in less time."""

    dependencies = [("retention", "0012_rollups")]

    operations = [
        Sql(functions),
        migrations.RemoveConstraint(model_name="disposedrow", name="disposed_row_digest"),
        migrations.AddConstraint(
            model_name="disposedrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    Exact(Length("digest"), 64),
                    Exact(
                        models.Func(
                            models.F("digest"),
                            models.Value("0123456789abcdef"),
                            function="rtrim",
                            output_field=models.TextField(),
                        ),
                        models.Value(""),
                    ),
                ),
                name="disposed_row_digest",
            ),
        ),
    ]
