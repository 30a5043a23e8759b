from django.urls import path

from apps.retention import views

app_name = "retention"
urlpatterns = [
    path("retention/", views.retention_overview, name="retention_overview"),
]
