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
        ("configurations", "0002_published_by"),
        ("deployments", "0003_no_log_without_its_size"),
        ("drift_findings", "0001_initial"),
        ("health_results", "0001_initial"),
        ("quotas", "0001_initial"),
        ("retention", "0003_newest_functions"),
        ("scaling_policies", "0002_no_service_without_one"),
        ("search", "0001_initial"),
        ("services", "0001_initial"),
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
            "health_results_healthcheckresult",
            "drift_findings_driftcheck",
            "drift_findings_driftcoverage",
            "drift_findings_ignorerule",
            "drift_findings_runtimedriftfinding",
            "quotas_usage",
            "search_searchterm",
            later=["log_tier", "log_observed_bytes", "log_observed_at", "log_problem"],
        ),
    ]
