from ticketing.models.journal import Account, JournalKind, JournalTxn, Posting
from ticketing.models.order import (
    HOLDING,
    LIVE,
    AttemptState,
    CheckoutAttempt,
    Order,
    OrderState,
    WhyRefunded,
)
from ticketing.models.processor import CommandKind, CommandState, StripeCommand, WebhookEvent
from ticketing.models.sale import PlatformFee, SaleState, TicketSale, WhyCancelled
from ticketing.models.seller import ApplicationState, SellerApplication, SellerGrant

__all__ = [
    "HOLDING",
    "LIVE",
    "Account",
    "ApplicationState",
    "AttemptState",
    "CheckoutAttempt",
    "CommandKind",
    "CommandState",
    "JournalKind",
    "JournalTxn",
    "Order",
    "OrderState",
    "PlatformFee",
    "Posting",
    "SaleState",
    "SellerApplication",
    "SellerGrant",
    "StripeCommand",
    "TicketSale",
    "WebhookEvent",
    "WhyCancelled",
    "WhyRefunded",
]
