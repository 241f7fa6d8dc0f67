"""A double of the processor: as much of its HTTP API as this app uses, with a page on which nothing is paid.

For the demo and, with faults added, for the tests. It keeps everything in memory, knows no Django, and takes
test keys alone.
"""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: The least and the most that a payment page may stay open.
SHORTEST, LONGEST = 30 * 60, 24 * 3600
#: What the double keeps of a charge: 1.5 % and 25 minor units.
FEE_BPS, FEE_FIXED = 150, 25

Record = dict[str, Any]


class ApiError(Exception):
    """An answer that is no success, in the processor's own words."""

    def __init__(self, status: int, code: str, message: str, kind: str = "invalid_request_error") -> None:
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": message}}
        super().__init__(message)


@dataclass
class Double:
    """The processor's memory and rules. `clock` gives seconds; `on_event` gets every event that it would send."""

    clock: Callable[[], float] = time.time
    on_event: Callable[[Record], None] = lambda event: None
    #: Where its own pages are; known once the server listens.
    address: str = ""
    sessions: dict[str, Record] = field(default_factory=dict)
    intents: dict[str, Record] = field(default_factory=dict)
    charges: dict[str, Record] = field(default_factory=dict)
    refunds: dict[str, Record] = field(default_factory=dict)
    transactions: dict[str, Record] = field(default_factory=dict)
    events: dict[str, Record] = field(default_factory=dict)
    #: Idempotency key → what was asked, and what was answered.
    _answered: dict[str, tuple[str, int, Record]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    # --- the API ------------------------------------------------------------------------------------

    def call(self, method: str, path: str, params: Record, key: str = "") -> tuple[int, Record]:
        """One request: its status and body. The same key answers the same, an error of ours too."""
        with self.lock:
            self.expire_old()
            asked = hashlib.sha256(json.dumps([method, path, params], sort_keys=True).encode()).hexdigest()
            if key and key in self._answered:
                before, status, body = self._answered[key]
                if before != asked:
                    text = "Keys for idempotent requests can only be used with the same parameters."
                    return 400, ApiError(400, "idempotency_error", text, "idempotency_error").body
                return status, body
            try:
                status, body = 200, self._route(method, path, params)
            except ApiError as error:
                status, body = error.status, error.body
            if key:
                self._answered[key] = (asked, status, body)
            return status, json.loads(json.dumps(body))

    def _route(self, method: str, path: str, params: Record) -> Record:
        parts = path.removeprefix("/v1/").strip("/").split("/")
        match (method, *parts):
            case ("POST", "checkout", "sessions"):
                return self._create_session(params)
            case ("GET", "checkout", "sessions"):
                return self._listed(self.sessions, params)
            case ("GET", "checkout", "sessions", one):
                return self._expanded(self._found(self.sessions, one))
            case ("POST", "checkout", "sessions", one, "expire"):
                return self._expire(self._found(self.sessions, one))
            case ("POST", "refunds"):
                return self._create_refund(params)
            case ("GET", "refunds"):
                return self._listed(self.refunds, params, "payment_intent", "charge")
            case ("GET", "refunds", one):
                return self._found(self.refunds, one)
            case ("GET", "events"):
                return self._listed(self.events, params)
            case ("GET", "balance_transactions"):
                return self._listed(self.transactions, params)
            case ("GET", "balance"):
                return self._balance()
        raise ApiError(404, "", f"Unrecognized request URL ({method}: {path}).")

    def _create_session(self, params: Record) -> Record:
        lasts = int(params["expires_at"]) - self.clock()
        if not SHORTEST <= lasts + 1 <= LONGEST + 1:
            raise ApiError(400, "", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
        (item,) = params["line_items"]
        price = item["price_data"]
        one = self._id("cs_test")
        self.sessions[one] = {
            "id": one, "object": "checkout.session", "livemode": False, "created": int(self.clock()),
            "mode": params["mode"], "status": "open", "payment_status": "unpaid", "payment_intent": None,
            "amount_total": int(price["unit_amount"]) * int(item["quantity"]), "currency": price["currency"],
            "client_reference_id": params.get("client_reference_id"), "metadata": params.get("metadata", {}),
            "expires_at": int(params["expires_at"]), "url": f"{self.address}/pay/{one}",
            "success_url": params["success_url"], "cancel_url": params["cancel_url"],
            "customer_email": params.get("customer_email"), "locale": params.get("locale"),
        }  # fmt: skip
        self.sessions[one]["_title"] = price["product_data"]["name"]
        self.sessions[one]["_intent"] = params.get("payment_intent_data", {})
        return self._public(self.sessions[one])

    def _expire(self, session: Record) -> Record:
        if session["status"] != "open":
            text = f'Only Checkout Sessions with a status in ["open"] can be expired, not {session["status"]}.'
            raise ApiError(400, "", text)
        self._close(session)
        return self._public(session)

    def _close(self, session: Record) -> None:
        session["status"], session["url"] = "expired", None
        self.tell("checkout.session.expired", self._public(session))

    def _create_refund(self, params: Record) -> Record:
        intent = self._found(self.intents, params["payment_intent"])
        charge = self.charges[intent["latest_charge"]]
        if charge["refunded"]:
            raise ApiError(400, "charge_already_refunded", f"Charge {charge['id']} has already been refunded.")
        if charge["disputed"]:
            raise ApiError(400, "charge_disputed", f"Charge {charge['id']} has been charged back.")
        charge["refunded"] = True
        one = self._id("re")
        booked = self._book("refund", -charge["amount"], 0, charge["currency"], one)
        self.refunds[one] = {
            "id": one, "object": "refund", "amount": charge["amount"], "currency": charge["currency"],
            "charge": charge["id"], "payment_intent": intent["id"], "status": "succeeded",
            "created": int(self.clock()), "metadata": params.get("metadata", {}), "balance_transaction": booked,
            "reason": params.get("reason"),
        }  # fmt: skip
        self.tell("refund.created", self.refunds[one])
        return self.refunds[one]

    # --- what buyers and banks do ---------------------------------------------------------------------

    def pay(self, session_id: str) -> bool:
        """The buyer pays on the page; False when it is not open."""
        with self.lock:
            self.expire_old()
            session = self.sessions[session_id]
            if session["status"] != "open":
                return False
            charge, intent = self._id("ch"), self._id("pi")
            amount, currency = session["amount_total"], session["currency"]
            fee = -(-amount * FEE_BPS // 10_000) + (FEE_FIXED if currency != "jpy" else 0)
            self.charges[charge] = {
                "id": charge, "object": "charge", "amount": amount, "currency": currency, "refunded": False,
                "disputed": False, "created": int(self.clock()), "payment_intent": intent,
                "balance_transaction": self._book("charge", amount, fee, currency, charge),
            }  # fmt: skip
            self.intents[intent] = {
                "id": intent, "object": "payment_intent", "status": "succeeded", "latest_charge": charge,
                "amount": amount, "currency": currency, **session["_intent"],
            }  # fmt: skip
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent, "url": None}
            self.tell("checkout.session.completed", self._public(session))
            return True

    def fail_refund(self, refund_id: str) -> None:
        """The buyer's bank sends the money back."""
        with self.lock:
            refund = self.refunds[refund_id]
            refund["status"] = "failed"
            self._book("refund_failure", refund["amount"], 0, refund["currency"], refund_id)
            self.tell("refund.failed", refund)

    def forget_keys(self) -> None:
        """What a day does to idempotency keys."""
        self._answered.clear()

    def expire_old(self) -> None:
        """Close every page whose time is over."""
        for session in list(self.sessions.values()):
            if session["status"] == "open" and session["expires_at"] <= self.clock():
                self._close(session)

    def tell(self, kind: str, about: Record) -> None:
        """Make an event of something, and hand it out."""
        one = self._id("evt")
        self.events[one] = {
            "id": one, "object": "event", "type": kind, "livemode": False, "created": int(self.clock()),
            "api_version": "2026-10-28.endive", "data": {"object": json.loads(json.dumps(about))},
        }  # fmt: skip
        self.on_event(self.events[one])

    # --- memory ---------------------------------------------------------------------------------------

    def _book(self, kind: str, amount: int, fee: int, currency: str, source: str) -> str:
        one = self._id("txn")
        self.transactions[one] = {
            "id": one, "object": "balance_transaction", "type": kind, "amount": amount, "fee": fee,
            "net": amount - fee, "currency": currency, "source": source, "created": int(self.clock()),
        }  # fmt: skip
        return one

    def _balance(self) -> Record:
        sums: dict[str, int] = {}
        for one in self.transactions.values():
            sums[one["currency"]] = sums.get(one["currency"], 0) + one["net"]
        available = [{"amount": amount, "currency": currency} for currency, amount in sums.items()]
        return {"object": "balance", "available": available, "pending": []}

    def _expanded(self, session: Record) -> Record:
        told = self._public(session)
        if session["payment_intent"]:
            intent = dict(self.intents[session["payment_intent"]])
            charge = dict(self.charges[intent["latest_charge"]])
            charge["balance_transaction"] = self.transactions[charge["balance_transaction"]]
            told["payment_intent"] = intent | {"latest_charge": charge}
        return told

    def _listed(self, rows: dict[str, Record], params: Record, *fields: str) -> Record:
        since = int(params.get("created", {}).get("gte", 0))
        found = [row for row in reversed(rows.values()) if row["created"] >= since]
        found = [row for row in found if all(row[name] == params[name] for name in fields if name in params)]
        if after := params.get("starting_after"):
            ids = [row["id"] for row in found]
            found = found[ids.index(after) + 1 :]
        size = int(params.get("limit", 10))
        return {
            "object": "list", "url": "/v1/", "has_more": len(found) > size,
            "data": [self._public(row) for row in found[:size]],
        }  # fmt: skip

    @staticmethod
    def _public(row: Record) -> Record:
        return {name: value for name, value in row.items() if not name.startswith("_")}

    @staticmethod
    def _found(rows: dict[str, Record], one: str) -> Record:
        if one not in rows:
            raise ApiError(404, "resource_missing", f"No such object: '{one}'")
        return rows[one]

    @staticmethod
    def _id(prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(12)}"
