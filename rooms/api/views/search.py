"""Finding people."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries as accounts_queries
from accounts.api import examples, serializers
from accounts.api.records import person_record
from rooms.api import answers, docs
from rooms.services import finding
from spaces_site.boundary import cursor, rest_input
from spaces_site.boundary.plain_text import LONGEST_QUERY
from spaces_site.boundary.rest_view import ApiView


class PeopleSearch(ApiView):
    """People by name."""

    @extend_schema(
        operation_id="searchPeople",
        tags=["people"],
        parameters=[docs.QUERY, rest_input.max_results_parameter(), rest_input.NEXT_TOKEN],
        responses=serializers.PeopleAnswer,
        examples=[examples.PEOPLE],
    )
    def get(self, request: Request) -> Response:
        """People whose name, user name or bio fits `query`; accents and small typing mistakes do not matter."""
        query = rest_input.text(request.query_params, "query", limit=LONGEST_QUERY)
        found = finding.find_people(query=query, viewer=request.user, now=timezone.now())
        asked = answers.onwards(request.query_params)
        ids, next_token = cursor.page_of_found(found, token=asked.token, size=asked.size)
        pages = accounts_queries.profile_pages(ids=ids, viewer=request.user)
        meta: dict[str, int | str] = {"result_count": len(pages)}
        if next_token is not None:
            meta["next_token"] = next_token
        return Response({"data": [person_record(page) for page in pages], "meta": meta})
