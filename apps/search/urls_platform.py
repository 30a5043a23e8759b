from django.urls import path

from apps.search import views_platform as views

app_name = "fleet_search"
urlpatterns = [path("search/", views.fleet_results, name="fleet_results")]
