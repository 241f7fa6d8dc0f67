"""Serializers made from dataclasses, so that the schema cannot say anything else than the code does."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from rest_framework import serializers

_PLAIN: dict[Any, type[serializers.Field[Any, Any, Any, Any]]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    bool: serializers.BooleanField,
    datetime: serializers.DateTimeField,
}


@cache
def shape_of(cls: type, name: str = "", *, sparse: bool = False) -> type[serializers.Serializer[Any]]:
    """A serializer class with the fields of dataclass `cls`, called `name` or as the class is.

    `sparse`: the client chooses fields, so that only `id` is always there.
    """
    hints = get_type_hints(cls)
    declared = {one.name: _field(hints[one.name], required=not sparse or one.name == "id") for one in fields(cls)}
    return type(f"{name or cls.__name__}Serializer", (serializers.Serializer,), {**declared, "__doc__": cls.__doc__})


def _field(hint: Any, *, required: bool = True) -> Any:
    options: Any = {"required": required}
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
        options["allow_null"] = True
    if hint in _PLAIN:
        if hint is str:
            options["allow_blank"] = True
        return _PLAIN[hint](**options)
    if get_origin(hint) in (list, tuple):
        return serializers.ListField(child=_field(get_args(hint)[0]), **options)
    if get_origin(hint) is dict:
        value = get_args(hint)[1]
        child = {} if value is Any else {"child": _field(value)}
        return serializers.DictField(**child, **options)
    if is_dataclass(hint):
        return shape_of(hint)(**options)  # type: ignore[arg-type]
    raise TypeError(f"no serializer field for {hint}")
