"""What moderation answers on the websocket of a room."""

from django.utils import timezone

from moderation.services import reports
from rooms.consumers.room import RoomConsumer, add_handler
from rooms.protocol import Command


async def send_report(consumer: RoomConsumer, command: Command) -> None:
    """Report a participant or the room one is in."""
    told = command.data
    sender = reports.Sender(consumer.identity.person, consumer.origin)
    sent = await consumer.call(
        reports.report_from_room,
        sender=sender,
        room_id=consumer.handshake.room_id,
        participant_id=told["participant"],
        told=told,
        now=timezone.now(),
    )
    consumer.answer(command, sent, sent.value.receipt() if sent.refusal is None else None)


add_handler("report.send", send_report)
