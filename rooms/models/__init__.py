from rooms.models.hosting_policy import HostingPolicy
from rooms.models.media_session import MediaNode, MediaSession
from rooms.models.participant import Participant, Role
from rooms.models.room import Room, RoomState, WhoMaySpeak
from rooms.models.speak_request import SpeakRequest, SpeakRequestState
from rooms.models.web_process import WebProcess

__all__ = [
    "HostingPolicy",
    "MediaNode",
    "MediaSession",
    "Participant",
    "Role",
    "Room",
    "RoomState",
    "SpeakRequest",
    "SpeakRequestState",
    "WebProcess",
    "WhoMaySpeak",
]
