"""Change lists as files: CSV that no spreadsheet runs, JSON, YAML."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpResponse
from import_export.fields import Field
from import_export.resources import ModelResource

from apps.core import tables
from apps.core.admin import PortalAdmin


class ExportingAdmin(PortalAdmin):
    """`exported`: {column of the file: attribute of the row}; whoever may see rows takes them.

    django-import-export reads the rows. Its importer saves past every operation and its CSV drops
    what a spreadsheet would run, so that importing is an operation and writing is tables.write.
    """

    exported: Mapping[str, str]
    actions: Sequence[str] = ("export_csv", "export_json", "export_yaml")

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(self, request: Any, queryset: Any) -> HttpResponse:
        return self._file(queryset, "csv")

    @admin.action(description="Export as JSON", permissions=["view"])
    def export_json(self, request: Any, queryset: Any) -> HttpResponse:
        return self._file(queryset, "json")

    @admin.action(description="Export as YAML", permissions=["view"])
    def export_yaml(self, request: Any, queryset: Any) -> HttpResponse:
        return self._file(queryset, "yaml")

    def _file(self, queryset: Any, format: str) -> HttpResponse:
        dataset = _resource(self.model, self.exported)().export(queryset)
        text = tables.write(dataset.dict, list(self.exported), format)
        response = HttpResponse(text, content_type=f"{tables.FORMATS[format]}; charset=utf-8")
        name = f"{self.model._meta.model_name}.{format}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class _Plain(Field):
    """The value as it is: text and numbers stay what they are; an id becomes text."""

    def export(self, instance: Any, **kwargs: Any) -> Any:
        value = self.get_value(instance)
        return value if value is None or isinstance(value, str | int | float) else str(value)


def _resource(model: type[Any], exported: Mapping[str, str]) -> Any:
    names = tuple(exported)
    meta = type("Meta", (), {"model": model, "fields": names, "export_order": names})
    fields = {name: _Plain(attribute=path, column_name=name) for name, path in exported.items()}
    return type(f"{model.__name__}Resource", (ModelResource,), {**fields, "Meta": meta})
