from accounts.models.block import Block
from accounts.models.device import DeviceToken
from accounts.models.follow import Follow
from accounts.models.restriction import FOREVER, Restriction
from accounts.models.site_switches import SiteSwitches
from accounts.models.user import HANDLE_PATTERN, Appearance, Hosting, User

__all__ = [
    "FOREVER",
    "HANDLE_PATTERN",
    "Appearance",
    "Block",
    "DeviceToken",
    "Follow",
    "Hosting",
    "Restriction",
    "SiteSwitches",
    "User",
]
