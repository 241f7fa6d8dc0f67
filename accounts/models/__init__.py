from accounts.models.block import Block
from accounts.models.device import DeviceToken
from accounts.models.follow import Follow
from accounts.models.message import MESSAGE_MOST, Box, Conversation, ConversationSide, Message
from accounts.models.post import POST_MOST, Post, PostLike, PostMention
from accounts.models.restriction import FOREVER, Restriction
from accounts.models.site_switches import SiteSwitches
from accounts.models.user import HANDLE_PATTERN, Appearance, Hosting, User

__all__ = [
    "FOREVER",
    "HANDLE_PATTERN",
    "MESSAGE_MOST",
    "POST_MOST",
    "Appearance",
    "Block",
    "Box",
    "Conversation",
    "ConversationSide",
    "DeviceToken",
    "Follow",
    "Hosting",
    "Message",
    "Post",
    "PostLike",
    "PostMention",
    "Restriction",
    "SiteSwitches",
    "User",
]
