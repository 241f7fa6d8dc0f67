"""What selling tickets needs: rates, times, who may, and the payment service. Read by `settings.py`."""

import os

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
# Checked and explained in settings.py.
_PRODUCTION = os.environ.get("SPACES_ENV") == "production"
_DEMO = os.environ.get("SPACES_ENV", "demo") == "demo"

#: Currencies that tickets may be sold in, as the processor writes them.
TICKET_CURRENCIES = env.list("TICKET_CURRENCIES", default=["eur", "usd", "gbp", "chf", "cad", "jpy"])
#: The site's part of a ticket, in hundredths of a per cent, until staff set another rate in the admin.
TICKET_FEE_BPS = env.int("TICKET_FEE_BPS", default=300)
if not 0 <= TICKET_FEE_BPS < 5000:
    raise ImproperlyConfigured("TICKET_FEE_BPS must be below 5000: the majority of a ticket is the host's.")
#: Who bears the processor's fee: "host" (at cost, the default) or "platform".
TICKET_PROCESSOR_FEE_BEARER = env.str("TICKET_PROCESSOR_FEE_BEARER", default="host")
if TICKET_PROCESSOR_FEE_BEARER not in {"host", "platform"}:
    raise ImproperlyConfigured("TICKET_PROCESSOR_FEE_BEARER must be host or platform.")
#: What the processor takes, for the estimate before a sale: currency → [hundredths of a per cent, minor units].
TICKET_PROCESSOR_FEES = env.json(
    "TICKET_PROCESSOR_FEES",
    default={
        "eur": [150, 25], "usd": [290, 30], "gbp": [150, 20], "chf": [290, 30], "cad": [290, 30], "jpy": [360, 0],
    },
)  # fmt: skip
#: Minutes that a seat is held while it is being paid for; the processor's page stays open 30 at least.
TICKET_HOLD_MINUTES = env.int("TICKET_HOLD_MINUTES", default=30)
if not 30 <= TICKET_HOLD_MINUTES <= 1380:
    raise ImproperlyConfigured("TICKET_HOLD_MINUTES must be 30 to 1380.")
#: Minutes after the announced start when a room that has not begun is called off and refunded.
TICKET_NO_SHOW_MINUTES = env.int("TICKET_NO_SHOW_MINUTES", default=15)
#: Per cent of the announced time that a room must last, or its tickets are refunded.
TICKET_LEAST_PERCENT = env.int("TICKET_LEAST_PERCENT", default=50)
#: Hours before the start until when buyers may give a ticket back.
TICKET_RETURN_HOURS = env.int("TICKET_RETURN_HOURS", default=24)
#: Hours for which buyers may give a ticket back after the room was moved.
TICKET_MOVED_HOURS = env.int("TICKET_MOVED_HOURS", default=72)
#: Who may apply to sell: followers, rooms held within so many days, age.
TICKET_SELLER_FOLLOWERS = env.int("TICKET_SELLER_FOLLOWERS", default=1000)
TICKET_SELLER_ROOMS = env.int("TICKET_SELLER_ROOMS", default=3)
TICKET_SELLER_DAYS = env.int("TICKET_SELLER_DAYS", default=30)
TICKET_SELLER_AGE = env.int("TICKET_SELLER_AGE", default=18)
#: Sellers sign in with an authenticator app.
TICKET_SELLER_TWO_FACTORS = env.bool("TICKET_SELLER_TWO_FACTORS", default=_PRODUCTION)

_DOUBLE_KEY = "sk_test_demo"
#: The key of Stripe. Empty: only free tickets. In the demo that of the double that comes along.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default=_DOUBLE_KEY if _DEMO else "")
if not _PRODUCTION and "_live_" in STRIPE_SECRET_KEY:
    raise ImproperlyConfigured("STRIPE_SECRET_KEY moves real money: it is taken with SPACES_ENV=production alone.")
#: Port of the demo's double of Stripe, at which nothing is paid.
STRIPE_DOUBLE_PORT = env.int("STRIPE_DOUBLE_PORT", default=40401)
#: Another address of Stripe's API, for a double of it. Refused in production.
STRIPE_API_BASE = env.str(
    "STRIPE_API_BASE",
    default=f"http://127.0.0.1:{STRIPE_DOUBLE_PORT}" if STRIPE_SECRET_KEY == _DOUBLE_KEY else "",
).rstrip("/")
if _PRODUCTION and STRIPE_API_BASE:
    raise ImproperlyConfigured("STRIPE_API_BASE is for the demo and for tests, never for production.")
#: Signing secrets of the webhook at /webhooks/stripe/, comma separated: several while one is being replaced.
STRIPE_WEBHOOK_SECRET = env.list("STRIPE_WEBHOOK_SECRET", default=["whsec_demo"] if _DEMO else [])
if _PRODUCTION and STRIPE_SECRET_KEY and not STRIPE_WEBHOOK_SECRET:
    raise ImproperlyConfigured("Set STRIPE_WEBHOOK_SECRET with STRIPE_SECRET_KEY.")
