from rooms.models.hosting_policy import HostingPolicy
from rooms.models.invitation import Invitation, InvitationLink, InvitationState, InvitedTo
from rooms.models.knock import Knock, KnockState
from rooms.models.media_session import MediaNode, MediaSession
from rooms.models.participant import Participant, Role
from rooms.models.personal_mute import PersonalMute
from rooms.models.pin import Pin
from rooms.models.reminder import DueKind, DueReminder, Reminder
from rooms.models.removal import Removal
from rooms.models.room import Room, RoomState, WhoMaySpeak
from rooms.models.room_pass import PassSource, RoomPass
from rooms.models.search_entry import SearchEntry
from rooms.models.series import Repeat, RoomSeries
from rooms.models.share_link import ShareLink
from rooms.models.speak_request import SpeakRequest, SpeakRequestState
from rooms.models.web_process import WebProcess

__all__ = [
    "DueKind",
    "DueReminder",
    "HostingPolicy",
    "Invitation",
    "InvitationLink",
    "InvitationState",
    "InvitedTo",
    "Knock",
    "KnockState",
    "MediaNode",
    "MediaSession",
    "Participant",
    "PassSource",
    "PersonalMute",
    "Pin",
    "Reminder",
    "Removal",
    "Repeat",
    "Role",
    "Room",
    "RoomPass",
    "RoomSeries",
    "RoomState",
    "SearchEntry",
    "ShareLink",
    "SpeakRequest",
    "SpeakRequestState",
    "WebProcess",
    "WhoMaySpeak",
]
