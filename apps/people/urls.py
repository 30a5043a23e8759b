from django.urls import path

from apps.people import views, views_clients

app_name = "people"
urlpatterns = [
    path("people/", views.people_list, name="people_list"),
    path("people/invite/", views.invitation_create, name="invitation_create"),
    path(
        "people/invitations/<uuid:invitation_id>/revoke/",
        views.invitation_revoke,
        name="invitation_revoke",
    ),
    path("people/roles/<uuid:membership_id>/end/", views.role_end, name="role_end"),
    path("people/visits/<uuid:visit_id>/elevate/", views.visit_elevate, name="visit_elevate"),
    path("people/visits/<uuid:visit_id>/end/", views.visit_end, name="visit_end"),
    path("people/<uuid:person_id>/grant/", views.role_grant, name="role_grant"),
    path("people/<uuid:person_id>/erase/", views.person_erase, name="person_erase"),
    path("api-clients/", views_clients.api_client_list, name="api_client_list"),
    path("api-clients/new/", views_clients.api_client_create, name="api_client_create"),
    path(
        "api-clients/<uuid:client_id>/revoke/",
        views_clients.api_client_revoke,
        name="api_client_revoke",
    ),
]
