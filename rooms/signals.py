"""What rooms tell the apps above them."""

from django.dispatch import Signal

#: Sent after commit when a live room ended; `room_id`, `why`.
room_ended = Signal()
#: Sent after commit when a scheduled room was called off; `room_id`.
room_cancelled = Signal()
