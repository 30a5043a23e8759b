from django.urls import path

from apps.upkeep import views

app_name = "upkeep"
urlpatterns = [
    path("alerts/", views.alert_list, name="alert_list"),
    path("jobs/", views.job_list, name="job_list"),
    path("jobs/<slug:job>/run/", views.job_run, name="job_run"),
]
