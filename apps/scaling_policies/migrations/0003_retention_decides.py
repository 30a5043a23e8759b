from django.db import migrations

from apps.core.walls.operations import RetentionDecides, Sql


def configuration_index(schema: str) -> list[str]:
    """Asked by the key of deployments for each configuration that goes."""
    return [
        "CREATE INDEX IF NOT EXISTS deployment_of_configuration ON "
        f'"{schema}".deployments_runtimedeployment (tenant_id, environment_id, configuration_id)'
    ]


class Migration(migrations.Migration):
    """Stands above every table that it is about, in the app that refers to all others."""

    dependencies = [
        ("scaling_policies", "0001_initial"),
    ]

    operations = [
        Sql(configuration_index),
        RetentionDecides(
            "configurations_runtimeconfiguration",
            "configurations_versioncounter",
            "deployments_runtimedeployment",
            "deployments_deploymentstep",
            "deployments_deploymentproduct",
            "services_runtimeservice",
            "scaling_policies_scalingpolicy",
        ),
    ]
