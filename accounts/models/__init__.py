from accounts.models.block import Block
from accounts.models.device import DeviceToken
from accounts.models.follow import Follow
from accounts.models.user import HANDLE_PATTERN, Appearance, Hosting, User

__all__ = ["HANDLE_PATTERN", "Appearance", "Block", "DeviceToken", "Follow", "Hosting", "User"]
