from django.urls import path

from apps.freezes import views_platform as views

app_name = "platform_freezes"
urlpatterns = [
    path("freezes/", views.freeze_list, name="freeze_list"),
    path("freezes/new/", views.freeze_create, name="freeze_create"),
    path("freezes/<uuid:platform_freeze_id>/end/", views.freeze_end, name="freeze_end"),
]
