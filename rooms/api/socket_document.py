"""`/api/asyncapi.json`: the websocket, for those who write clients."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import conditional_page, require_safe

from rooms.protocol.asyncapi import asyncapi_document


@require_safe
@conditional_page
def asyncapi(request: HttpRequest) -> JsonResponse:
    """The AsyncAPI 3.1 document of this site."""
    document = asyncapi_document(host=request.get_host(), secure=request.is_secure())
    return JsonResponse(document, json_dumps_params={"ensure_ascii": False})
