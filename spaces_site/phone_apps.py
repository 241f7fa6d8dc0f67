"""Which apps open this site's addresses: what phones ask for before they do. Read by `settings.py`."""

import re

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

#: Apps for Apple's systems that open rooms and profiles, comma separated: team and bundle, ABCDE12345.org.example.app
APPLE_APP_IDS = env.list("APPLE_APP_IDS", default=[])
if not all(re.fullmatch(r"[A-Z0-9]{10}\.[A-Za-z0-9.-]+", one) for one in APPLE_APP_IDS):
    raise ImproperlyConfigured("APPLE_APP_IDS: ten letters and digits of the team, a dot, the bundle; comma separated.")
#: The app for Android that opens them: the name of its package.
ANDROID_PACKAGE = env.str("ANDROID_PACKAGE", default="")
#: SHA-256 of the certificates that it is signed with, comma separated: 32 pairs of hex digits with colons.
ANDROID_FINGERPRINTS = [one.upper() for one in env.list("ANDROID_FINGERPRINTS", default=[])]
if not all(re.fullmatch(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}", one) for one in ANDROID_FINGERPRINTS):
    raise ImproperlyConfigured("ANDROID_FINGERPRINTS: 32 pairs of hex digits with colons each; comma separated.")
if bool(ANDROID_PACKAGE) != bool(ANDROID_FINGERPRINTS):
    raise ImproperlyConfigured("Set ANDROID_PACKAGE and ANDROID_FINGERPRINTS together.")
