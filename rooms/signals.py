"""What rooms tell the apps above them."""

from django.dispatch import Signal

#: Sent after commit when a live room ended; `room_id`, `why`.
room_ended = Signal()
#: Sent after commit when a scheduled room was called off; `room_id`.
room_cancelled = Signal()
#: Asks whoever sells tickets what those of `room_ids` cost and how many are left; answered by
#: room id → `queries.tickets.TicketTerms`.
ticket_terms_wanted = Signal()
