from accounts.models.device import DeviceToken
from accounts.models.follow import Follow
from accounts.models.user import Hosting, User

__all__ = ["DeviceToken", "Follow", "Hosting", "User"]
