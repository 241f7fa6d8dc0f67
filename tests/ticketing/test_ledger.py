"""The ledger: balanced and unchanged whoever writes, by the services or by SQL. On SQLite and on PostgreSQL."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rooms.cast import NOW
from tests.rooms.test_concurrency import at_once
from ticketing.models import Account, JournalKind, JournalTxn, Posting
from ticketing.money import Money
from ticketing.services import ledger

pytestmark = pytest.mark.django_db
TXN, POSTING = "ticketing_journaltxn", "ticketing_posting"
WAYS = (
    f"UPDATE {TXN} SET kind = 'REFUND'",
    f"DELETE FROM {TXN}",
    f"UPDATE {POSTING} SET amount = amount + 1",
    f"DELETE FROM {POSTING}",
)
WAYS_OF = {
    "sqlite": (
        *WAYS,
        f"INSERT OR REPLACE INTO {TXN} SELECT * FROM {TXN}",
        f"INSERT OR REPLACE INTO {POSTING} SELECT * FROM {POSTING}",
    ),
    "postgresql": (*WAYS, f"TRUNCATE {TXN}, {POSTING}", f"UPDATE {POSTING} SET amount = 1 WHERE id = 0"),
}
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

lines = st.lists(
    st.tuples(st.sampled_from(Account), st.integers(-(10**10), 10**10).filter(bool), st.sampled_from(["eur", "jpy"])),
    min_size=2,
    max_size=6,
)


def moved(told: list[tuple[Account, int, str]]) -> list[ledger.Line]:
    return [(account, Money(amount, currency)) for account, amount, currency in told]


def is_balanced(told: list[tuple[Account, int, str]]) -> bool:
    return all(sum(amount for _, amount, code in told if code == one) == 0 for one in ("eur", "jpy"))


def balanced(told: list[tuple[Account, int, str]]) -> list[tuple[Account, int, str]]:
    """The same with what is missing to zero."""
    missing = [(Account.BUYER_FUNDS, -sum(a for _, a, code in told if code == one), one) for one in ("eur", "jpy")]
    return [*told, *(line for line in missing if line[1])]


def book(told: list[tuple[Account, int, str]], key: str = "") -> bool:
    return ledger.book(key=key or uuid.uuid4().hex, kind=JournalKind.CHARGE, lines=moved(told), at=NOW)


@MANY
@given(told=lines)
def test_what_balances_is_booked_and_all_of_it_sums_up_to_zero(told: list[tuple[Account, int, str]]) -> None:
    assert book(balanced(told))
    for currency in ("eur", "jpy"):
        assert sum(ledger.balance(account=one, currency=currency).amount for one in Account) == 0


@MANY
@given(told=lines)
def test_what_does_not_balance_is_refused_by_the_database(told: list[tuple[Account, int, str]]) -> None:
    if is_balanced(told):
        told[0] = (told[0][0], told[0][1] + 1 or 1, told[0][2])
    before = (JournalTxn.objects.count(), Posting.objects.count())
    with pytest.raises(DatabaseError, match="do not balance"):
        book(told)
    assert (JournalTxn.objects.count(), Posting.objects.count()) == before


@pytest.fixture
def charge() -> JournalTxn:
    ledger.book_charge(charge="ch_1", gross=Money(900, "eur"), fee=Money(39, "eur"), at=NOW, order_id=uuid.UUID(int=1))
    # On PostgreSQL the foreign keys that wait for the commit would keep TRUNCATE from being tried.
    connection.check_constraints()
    return JournalTxn.objects.get()


def test_the_database_refuses_to_change_or_forget_what_was_booked(charge: JournalTxn) -> None:
    for statement in WAYS_OF[connection.vendor]:
        with (
            pytest.raises(DatabaseError, match=r"append-only|sealed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    charge.refresh_from_db()
    assert (charge.kind, Posting.objects.count()) == (JournalKind.CHARGE, 3)


def test_nothing_is_added_to_what_was_booked(charge: JournalTxn) -> None:
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        Posting.objects.create(txn=charge, account=Account.STRIPE_BALANCE, amount=1, currency="eur")


def test_an_empty_or_one_sided_movement_is_refused() -> None:
    for told in ([], [(Account.STRIPE_BALANCE, 1, "eur")]):
        with pytest.raises(DatabaseError, match="do not balance"):
            book(told)


@pytest.mark.django_db(transaction=True)
def test_a_posting_without_its_movement_is_not_committed() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Posting.objects.create(txn_id=uuid.uuid4(), account=Account.STRIPE_BALANCE, amount=1, currency="eur")
    assert not Posting.objects.exists()


def test_the_same_object_is_booked_once(charge: JournalTxn) -> None:
    told = {"charge": "ch_1", "gross": Money(900, "eur"), "at": NOW, "order_id": uuid.UUID(int=1)}
    assert ledger.book_charge(fee=Money(39, "eur"), **told) is False
    with pytest.raises(ledger.BookedOtherwise):
        ledger.book_charge(fee=Money(40, "eur"), **told)
    assert JournalTxn.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_booked_at_once_is_booked_once() -> None:
    told = [(Account.STRIPE_BALANCE, 5, "eur"), (Account.BUYER_FUNDS, -5, "eur")]
    booked = at_once(*[lambda: book(told, key="ch_9")] * 6)
    assert sorted(map(bool, booked)) == [False] * 5 + [True]


def test_a_charge_and_its_refund_leave_only_the_processors_fee() -> None:
    order, price = uuid.uuid4(), Money(900, "eur")
    ledger.book_charge(charge="ch_1", gross=price, fee=Money(39, "eur"), at=NOW, order_id=order)
    ledger.book_refund(refund="re_1", amount=price, at=NOW, order_id=order)
    told = {account: ledger.balance(account=account, currency="eur").amount for account in Account}
    assert told == {**dict.fromkeys(Account, 0), Account.STRIPE_BALANCE: -39, Account.STRIPE_FEES: 39}
    ledger.book_refund_failed(refund="re_1", amount=price, at=NOW, order_id=order)
    assert ledger.balance(account=Account.BUYER_FUNDS, currency="eur") == -price


def test_a_free_charge_books_no_fee() -> None:
    order = uuid.uuid4()
    ledger.book_charge(charge="ch_2", gross=Money(500, "jpy"), fee=Money(0, "jpy"), at=NOW, order_id=order)
    assert Posting.objects.count() == 2
