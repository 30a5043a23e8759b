from django.urls import path

from apps.tenants import views

app_name = "tenants"
urlpatterns = [
    path("tenants/", views.tenant_list, name="tenant_list"),
    path("tenants/new/", views.tenant_create, name="tenant_create"),
    path("tenants/<slug:tenant_id>/", views.tenant_detail, name="tenant_detail"),
    path("tenants/<slug:tenant_id>/edit/", views.tenant_edit, name="tenant_edit"),
    path("tenants/<slug:tenant_id>/vaults/new/", views.vault_create, name="vault_create"),
]
