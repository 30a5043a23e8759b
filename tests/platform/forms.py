"""What a form says back: its values as they were typed, and the errors beside its fields."""

import re

from django.http import HttpResponse

from tests.console.bodies import elements, plain

_SELECT = re.compile(r'<select name="(\w+)".*?>(.*?)</select>', re.S)
_AREA = re.compile(r'<textarea name="(\w+)".*?>(.*?)</textarea>', re.S)
_ERRORS = re.compile(r'<ul class="errorlist" id="id_(\w+)_error">(.*?)</ul>', re.S)
_WHOLE = re.compile(r'class="alert alert-danger" role="alert" tabindex="-1">(.*?)</div>', re.S)


def values(page: HttpResponse) -> dict[str, str]:
    """{field: what stands in it}, selects and areas included; the token is left out."""
    text = page.content.decode()
    found = {
        a["name"]: a.get("value", "")
        for tag, a, _ in elements(page)
        if tag == "input" and "name" in a and a["name"] != "csrfmiddlewaretoken"
        if "data-find" not in a  # the top bar's own form
    }
    for name, inside in _SELECT.findall(text):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found | {name: inside.strip() for name, inside in _AREA.findall(text)}


def errors(page: HttpResponse) -> dict[str, str]:
    """{field: what is wrong with it}; under "" what stands above the form."""
    text = page.content.decode()
    found = {name: plain(items) for name, items in _ERRORS.findall(text)}
    whole = _WHOLE.search(text)
    return found | ({"": plain(whole[1])} if whole else {})
