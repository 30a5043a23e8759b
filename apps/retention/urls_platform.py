from django.urls import path

from apps.retention import views_exceptions, views_holds, views_windows

app_name = "governance"
_HOLD = "holds/<uuid:hold_id>/"
_EXCEPTION = "exceptions/<uuid:exception_id>/"
_RETURN = "windows/returns/<uuid:window_return_id>/"
urlpatterns = [
    path("holds/", views_holds.hold_list, name="hold_list"),
    path("holds/place/", views_holds.hold_place, name="hold_place"),
    path(_HOLD, views_holds.hold_detail, name="hold_detail"),
    path(f"{_HOLD}propose-lift/", views_holds.hold_propose_lift, name="hold_propose_lift"),
    path(f"{_HOLD}keep/", views_holds.hold_keep, name="hold_keep"),
    path(f"{_HOLD}lift/", views_holds.hold_lift, name="hold_lift"),
    path("exceptions/", views_exceptions.exception_list, name="exception_list"),
    path(_EXCEPTION, views_exceptions.exception_detail, name="exception_detail"),
    path(f"{_EXCEPTION}approve/", views_exceptions.exception_approve, name="exception_approve"),
    path(f"{_EXCEPTION}refuse/", views_exceptions.exception_refuse, name="exception_refuse"),
    path(f"{_EXCEPTION}withdraw/", views_exceptions.exception_withdraw, name="exception_withdraw"),
    path("windows/", views_windows.window_list, name="window_list"),
    path("windows/lengthen/", views_windows.window_lengthen, name="window_lengthen"),
    path("windows/return/", views_windows.window_return, name="window_return"),
    path(f"{_RETURN}confirm/", views_windows.return_confirm, name="return_confirm"),
    path(f"{_RETURN}decline/", views_windows.return_decline, name="return_decline"),
]
