from django.urls import path

from apps.retention import views

app_name = "retention"
urlpatterns = [
    path("retention/", views.retention_overview, name="retention_overview"),
    path("retention/exceptions/", views.exception_list, name="exception_list"),
    path("retention/exceptions/request/", views.exception_request, name="exception_request"),
    path(
        "retention/exceptions/<uuid:exception_id>/", views.exception_detail, name="exception_detail"
    ),
    path(
        "retention/exceptions/<uuid:exception_id>/withdraw/",
        views.exception_withdraw,
        name="exception_withdraw",
    ),
]
