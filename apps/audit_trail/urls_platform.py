from django.urls import path

from apps.audit_trail import views_platform as views

app_name = "platform_audit"
urlpatterns = [
    path("audit/", views.entry_list, name="entry_list"),
    path("audit/<uuid:entry_id>/", views.entry_detail, name="entry_detail"),
]
