from accounts.models.block import Block
from accounts.models.device import DeviceToken
from accounts.models.follow import Follow
from accounts.models.message import MESSAGE_MOST, Box, Conversation, ConversationSide, Message
from accounts.models.notification import (
    PUSHES,
    Channel,
    Delivery,
    Notification,
    NotificationChoice,
    NotificationKind,
    PushDevice,
    PushPlatform,
)
from accounts.models.post import POST_MOST, Post, PostLike, PostMention
from accounts.models.restriction import FOREVER, Restriction
from accounts.models.site_switches import SiteSwitches
from accounts.models.user import HANDLE_PATTERN, Appearance, Hosting, User

__all__ = [
    "FOREVER",
    "HANDLE_PATTERN",
    "MESSAGE_MOST",
    "POST_MOST",
    "PUSHES",
    "Appearance",
    "Block",
    "Box",
    "Channel",
    "Conversation",
    "ConversationSide",
    "Delivery",
    "DeviceToken",
    "Follow",
    "Hosting",
    "Message",
    "Notification",
    "NotificationChoice",
    "NotificationKind",
    "Post",
    "PostLike",
    "PostMention",
    "PushDevice",
    "PushPlatform",
    "Restriction",
    "SiteSwitches",
    "User",
]
