from django.urls import path

from apps.people import views_platform as views

app_name = "platform_people"
urlpatterns = [
    path("people/", views.platform_people, name="platform_people"),
    path("people/invite/", views.platform_invitation_create, name="platform_invitation_create"),
    path(
        "people/invitations/<uuid:letter_id>/revoke/",
        views.platform_invitation_revoke,
        name="platform_invitation_revoke",
    ),
    path("people/roles/<uuid:role_id>/end/", views.platform_role_end, name="platform_role_end"),
    path(
        "people/<uuid:colleague_id>/grant/", views.platform_role_grant, name="platform_role_grant"
    ),
    path(
        "people/<uuid:colleague_id>/erase/",
        views.platform_person_erase,
        name="platform_person_erase",
    ),
    path("officers/propose/", views.officer_propose, name="officer_propose"),
    path("officers/<uuid:officer_id>/end/", views.officer_end, name="officer_end"),
    path(
        "officers/proposals/<uuid:proposal_id>/confirm/",
        views.officer_confirm,
        name="officer_confirm",
    ),
    path(
        "officers/proposals/<uuid:proposal_id>/decline/",
        views.officer_decline,
        name="officer_decline",
    ),
    path(
        "officers/proposals/<uuid:proposal_id>/withdraw/",
        views.officer_withdraw,
        name="officer_withdraw",
    ),
    path("tenants/<slug:tenant_id>/invite/", views.first_admin_invite, name="first_admin_invite"),
    path("tenants/<slug:tenant_id>/enter/", views.visit_start, name="visit_start"),
    path("visits/<uuid:own_visit_id>/leave/", views.visit_leave, name="visit_leave"),
]
