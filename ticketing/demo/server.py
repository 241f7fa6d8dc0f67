"""The double on HTTP: its API for our own client, its payment page for people, its webhooks to us."""

import hashlib
import hmac
import html
import json
import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ticketing.demo.double import Double, Record

#: A body larger than any that this app sends.
MOST = 256 * 1024
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{heading}</title>
<style>body{{font:1.125rem/1.5 system-ui;margin:0;background:#fff7d6;color:#1b1525}}
header{{background:#8a4b00;color:#fff;padding:1rem;text-align:center;font-weight:700}}
main{{max-width:28rem;margin:2rem auto;padding:0 1rem}}
button{{font:inherit;padding:.75rem 1.5rem;margin:0 .5rem .5rem 0;min-height:2.75rem}}</style></head>
<body><header>{heading}</header><main><h1>{title}</h1><p><strong>{amount}</strong></p><p>{explained}</p>
<form method="post">{buttons}</form></main></body></html>"""
_WORDS = {
    "en": {
        "heading": "Test checkout – no real money",
        "explained": "This page stands in for the payment service. No card is asked for and nothing is charged.",
        "pay": "Pretend to pay",
        "cancel": "Go back without paying",
        "over": "This payment page is closed.",
    },
    "fr": {
        "heading": "Paiement d’essai – sans argent réel",
        "explained": "Cette page remplace le service de paiement. Aucune carte n’est demandée et rien n’est débité.",
        "pay": "Faire semblant de payer",
        "cancel": "Revenir sans payer",
        "over": "Cette page de paiement est fermée.",
    },
}


class DoubleServer(ThreadingHTTPServer):
    """Serves one double in threads; `start` and `stop`, or `serve_forever`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, double: Double, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.double = double
        double.address = f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> "DoubleServer":
        """Serve in a thread."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        """End, and let the port go."""
        self.shutdown()
        self.server_close()

    def answer(self, method: str, path: str, params: Record, key: str) -> tuple[int, Record]:
        """One call of the API; tests put their faults here."""
        return self.double.call(method, path, params, key)


class _Handler(BaseHTTPRequestHandler):
    server: DoubleServer
    protocol_version = "HTTP/1.1"
    # Header and body in one write: two cost 40 ms each call.
    wbufsize = -1

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: who runs it has logs of their own."""

    def _serve(self, method: str) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), MOST)
        sent, address = self.rfile.read(length).decode(), urlsplit(self.path)
        if address.path.startswith("/pay/"):
            self._page(method, address.path.removeprefix("/pay/"), dict(parse_qsl(sent)))
            return
        if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            self._json(401, {"error": {"type": "invalid_request_error", "message": "Use a key that begins sk_test_."}})
            return
        params = read_form(sent if method == "POST" else address.query)
        status, body = self.server.answer(method, address.path, params, self.headers.get("Idempotency-Key", ""))
        self._json(status, body)

    def _page(self, method: str, session_id: str, sent: dict[str, str]) -> None:
        double = self.server.double
        session = double.sessions.get(session_id)
        if session is None:
            self._send(404, b"", "text/plain")
            return
        double.expire_old()
        if method == "POST" and session["status"] == "open":
            paid = sent.get("do") == "pay" and double.pay(session_id)
            where = session["success_url"] if paid else session["cancel_url"]
            self._send(303, b"", "text/plain", {"Location": where.replace("{CHECKOUT_SESSION_ID}", session_id)})
            return
        self._send(200, page(session).encode(), "text/html; charset=utf-8")

    def _json(self, status: int, body: Record) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def page(session: Record) -> str:
    """The payment page, which nobody can take for a real one."""
    language = session.get("locale") if session.get("locale") in _WORDS else "en"
    words = _WORDS[str(language)]
    digits = 0 if session["currency"] == "jpy" else 2
    amount = f"{session['amount_total'] / 10**digits:.{digits}f} {session['currency'].upper()}"
    buttons = words["over"]
    if session["status"] == "open":
        buttons = "".join(f'<button name="do" value="{one}">{words[one]}</button>' for one in ("pay", "cancel"))
    return _PAGE.format(
        language=language,
        heading=words["heading"],
        title=html.escape(session["_title"]),
        amount=amount,
        explained=words["explained"],
        buttons=buttons,
    )


def read_form(text: str) -> Record:
    """`a[b][0][c]=d` as nested dicts and lists, as the client writes them."""
    root: Record = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        place = root
        for here, after in zip((first, *rest), (*rest, None), strict=True):
            if after is None:
                place[here] = value
            else:
                place = place.setdefault(here, {})
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def signature(body: bytes, secret: str, at: float) -> str:
    """The header that the processor would send."""
    stamp = str(int(at))
    made = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={made}"


def deliver(event: Record, *, url: str, secret: str, at: float) -> int:
    """Send one event to a webhook; its status, or 0 when nobody answered."""
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body, secret, at)}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  an address of the operator's
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
