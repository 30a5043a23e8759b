from django.urls import path

from apps.tenant_bindings import views_platform as views

app_name = "bindings"
urlpatterns = [
    path("bindings/", views.binding_list, name="binding_list"),
    path("bindings/new/", views.binding_create, name="binding_create"),
    path("bindings/<uuid:binding_id>/", views.binding_detail, name="binding_detail"),
    path("bindings/<uuid:binding_id>/quota/", views.binding_quota, name="binding_quota"),
    path("bindings/<uuid:binding_id>/suspend/", views.binding_suspend, name="binding_suspend"),
    path("bindings/<uuid:binding_id>/resume/", views.binding_resume, name="binding_resume"),
    path("bindings/<uuid:binding_id>/release/", views.binding_release, name="binding_release"),
]
