"""The double of Stripe with faults, a strict eye, and a clock of its own."""

from tests.fakes.stripe_double.faulty import FaultyDouble, Lost, faulty_double

__all__ = ["FaultyDouble", "Lost", "faulty_double"]
