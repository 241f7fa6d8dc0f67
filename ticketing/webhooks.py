"""Where the processor knocks: one address, no session, no form."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ticketing.services import inbox


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Store one event; 200 also for what was stored before. What is not signed as it must be is 400."""
    received = inbox.receive(
        body=request.body, signature=request.headers.get("Stripe-Signature", ""), now=timezone.now()
    )
    status = 400 if received is inbox.Received.FORGED else 200
    return HttpResponse(received.value, status=status, content_type="text/plain")
