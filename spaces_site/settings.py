"""Every setting of Spaces. Each environment variable is read once, here, typed and explained.

What the product bounds stands in `limits.py`, what tickets need in `ticket_sales.py`, apps in `phone_apps.py`.
`docs/configuration.md` is checked against all of them by `tests/house/test_wiring.py`.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from spaces_site.broker import socket_path
from spaces_site.limits import *  # noqa: F403
from spaces_site.phone_apps import *  # noqa: F403
from spaces_site.stores import caches, channel_layers
from spaces_site.ticket_sales import *  # noqa: F403
from spaces_site.ticket_sales import STRIPE_API_BASE

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

#: "demo" (default: one machine, demo people, lax hosts), "production", or "test".
SPACES_ENV = env.str("SPACES_ENV", default="demo")
if SPACES_ENV not in {"demo", "production", "test"}:
    raise ImproperlyConfigured("SPACES_ENV must be demo, production or test.")
PRODUCTION = SPACES_ENV == "production"

#: Where the embedded database, broker, uploads, mail and logs live.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

#: Signs sessions and grants. Required in production, 50 characters or more.
SECRET_KEY = env.str("SECRET_KEY", default="" if PRODUCTION else "demo-only-" + "x" * 50)
if PRODUCTION and (len(SECRET_KEY) < 50 or SECRET_KEY.startswith("demo-only-")):
    raise ImproperlyConfigured("Set SECRET_KEY to 50 or more random characters in production.")

#: Shows Django's debug pages. Refused in production.
DEBUG = env.bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must be off in production.")

#: The address people type, such as https://spaces.example.org. Required in production.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
if PRODUCTION and not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("Set PUBLIC_URL to the https address of this site in production.")
_public_host = urlsplit(PUBLIC_URL).hostname

#: Further host names that this site answers to, comma separated.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
ALLOWED_HOSTS += [_public_host] if _public_host else []
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("Name the hosts of this site in ALLOWED_HOSTS; * is for the demo.")
if not PRODUCTION:
    ALLOWED_HOSTS += ["*"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

#: Behind a proxy that sets X-Forwarded-For and X-Forwarded-Proto: how many proxies to trust.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Not Daphne's app: it only changes runserver, and every process would load Twisted for it.
INSTALLED_APPS = [
    *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.humanize"),
    *("django.contrib.messages", "django.contrib.sessions", "django.contrib.staticfiles", "django.forms"),
    # Before allauth: its pages are shown by our templates.
    "accounts",
    *("allauth", "allauth.account", "allauth.mfa", "allauth.usersessions", "allauth.headless"),
    "channels",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rooms",
    "ticketing",
    "moderation",
    "media_worker",
]

MIDDLEWARE = [
    "spaces_site.boundary.api_paths.ApiSlashMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "spaces_site.boundary.headers.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "spaces_site.boundary.origin.OriginMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "spaces_site.boundary.preferences.LanguageMiddleware",
    "spaces_site.boundary.preferences.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SeenMiddleware",
    "accounts.middleware.EntranceMiddleware",
    "accounts.middleware.ReadOnlyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "spaces_site.boundary.pages.DomainErrorMiddleware",
]

ROOT_URLCONF = "spaces_site.urls"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "spaces_site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
            ],
        },
    },
]

#: The web server: "daphne" (default) or "uvicorn", which carries about twice as many listeners a core.
SERVER = env.str("SERVER", default="daphne")
if SERVER not in {"daphne", "uvicorn"}:
    raise ImproperlyConfigured("SERVER must be daphne or uvicorn.")
#: Address that the web server listens on; 0.0.0.0 opens it to the network.
BIND = env.str("BIND", default="127.0.0.1")
#: TCP port of the web server.
PORT = env.int("PORT", default=8000)

# --- data -----------------------------------------------------------------------------------------

#: postgres://… ; without it a SQLite file under VAR_DIR.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'spaces.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Measured: WAL alone loses half of the writes under contention; with IMMEDIATE and a
    # timeout none. FULL because money will live in the same file.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: redis://… or unix://… of Valkey or Redis; without it the embedded broker's socket under VAR_DIR.
REDIS_URL = env.str("REDIS_URL", default=f"unix://{socket_path(VAR_DIR)}")
CHANNEL_LAYERS = channel_layers(broker_url=REDIS_URL)
CACHES = caches(broker_url=REDIS_URL)
SESSION_ENGINE = "spaces_site.boundary.session_store"

# --- tasks ----------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"media_worker.tasks.claim_room": {"queue": "media"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 4
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "global_keyprefix": "celery:"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "offer-unowned-rooms": {"task": "media_worker.tasks.reap_sessions", "schedule": 1.0, "options": {"expires": 2}},
    "watch-rooms": {"task": "rooms.tasks.watch_rooms", "schedule": 2.0, "options": {"expires": 4}},
    "put-out-shut-out": {"task": "rooms.tasks.put_out_shut_out", "schedule": 2.0, "options": {"expires": 4}},
    "check-sessions": {"task": "rooms.tasks.check_sessions", "schedule": 30.0, "options": {"expires": 25}},
    "send-reminders": {"task": "rooms.tasks.send_reminders", "schedule": 2.0, "options": {"expires": 4}},
    "send-deliveries": {"task": "accounts.tasks.send_deliveries", "schedule": 2.0, "options": {"expires": 4}},
    "cancel-overdue": {"task": "rooms.tasks.cancel_overdue", "schedule": 10.0, "options": {"expires": 9}},
    "end-suspensions": {"task": "accounts.tasks.end_suspensions", "schedule": 10.0, "options": {"expires": 9}},
    "mail-waiting": {"task": "moderation.tasks.mail_waiting", "schedule": timedelta(minutes=5)},
    "forget-evidence": {"task": "moderation.tasks.forget_evidence", "schedule": timedelta(hours=1)},
    "sweep-orders": {"task": "ticketing.tasks.sweep_orders", "schedule": 20.0, "options": {"expires": 18}},
    "process-events": {"task": "ticketing.tasks.process_events", "schedule": 30.0, "options": {"expires": 28}},
    "forget-guests": {"task": "accounts.tasks.forget_guests", "schedule": timedelta(hours=1)},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# The one backend: with Django's beside it an unknown account would cost one hash more than a known one.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if SPACES_ENV == "test":
    # Hundreds of people sign in during the tests; nobody guesses their passwords.
    _hashers = "django.contrib.auth.hashers"
    PASSWORD_HASHERS = [f"{_hashers}.MD5PasswordHasher", f"{_hashers}.PBKDF2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Guests are signed in too, and must reach the sign-in page; accounts.middleware sends people away from it.
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.joining.SignUpFields"
_FORMS = "accounts.forms.entrance."
ACCOUNT_FORMS = {
    "signup": _FORMS + "SignUpForm", "login": _FORMS + "SignInForm", "add_email": _FORMS + "AddEmailForm",
    "change_password": _FORMS + "ChangePasswordForm", "set_password": _FORMS + "SetPasswordForm",
    "reset_password": _FORMS + "ResetPasswordForm", "reset_password_from_key": _FORMS + "ResetPasswordKeyForm",
    "reauthenticate": _FORMS + "ReauthenticateForm", "confirm_email_verification_code": _FORMS + "ConfirmEmailForm",
}  # fmt: skip
MFA_FORMS = {
    "authenticate": _FORMS + "SecondFactorForm", "reauthenticate": _FORMS + "SecondFactorAgainForm",
    "activate_totp": _FORMS + "ActivateTotpForm",
}  # fmt: skip
USERSESSIONS_ADAPTER = "accounts.adapters.SessionsAdapter"
#: Of one address, browser or account. "login" counts right passwords, too: so many as the API lets an address ask.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "10/m/ip,5/m/key",
    "login_failed_device": "10/m/key",
    "guest": "60/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
#: Staff open the admin only with an authenticator app switched on.
STAFF_NEED_TOTP = PRODUCTION
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Spaces"
USERSESSIONS_TRACK_ACTIVITY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "accounts.adapters.DeviceTokens"  # noqa: S105
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION

#: smtp://…, smtp+tls://… or consolemail:// ; by default mail is written to files under VAR_DIR/mail.
_email = env.email_url("EMAIL_URL", default="filemail://" + str(VAR_DIR / "mail"))
vars().update(_email)
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
#: The sender of mails.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Spaces <no-reply@localhost>")
EMAIL_TIMEOUT = 10
#: Key that signs pushes to browsers (VAPID: base64url of a P-256 key); one is made under VAR_DIR where there is none.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
#: Push services that browsers may name, with all names below them, comma separated.
_push_services = ["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"]
PUSH_SERVICES = env.list("PUSH_SERVICES", default=_push_services)

#: Keys of evidence at rest (Fernet), comma separated: the first encrypts, all decrypt. Required in production.
EVIDENCE_KEYS = env.list("EVIDENCE_KEYS", default=[])
if PRODUCTION and not EVIDENCE_KEYS:
    raise ImproperlyConfigured("Set EVIDENCE_KEYS in production: see docs/configuration.md.")
#: Days after the end of its case for which evidence is kept.
EVIDENCE_DAYS = env.int("EVIDENCE_DAYS", default=90)

# --- sound ----------------------------------------------------------------------------------------

#: Addresses that browsers can reach this media node at, comma separated, IPv4 or IPv6.
#: Empty: the machine's own addresses.
MEDIA_PUBLIC_ADDRESSES = env.list("MEDIA_PUBLIC_ADDRESSES", default=[])
#: The one UDP port of this media node; 0 takes a free one.
MEDIA_PORT = env.int("MEDIA_PORT", default=0 if SPACES_ENV == "test" else 40400)
#: STUN or TURN servers named to browsers, as JSON list of RTCIceServer objects.
MEDIA_ICE_SERVERS = env.json("MEDIA_ICE_SERVERS", default=[])
#: Seconds for which a media node owns a room without renewing.
MEDIA_LEASE_SECONDS = env.float("MEDIA_LEASE_SECONDS", default=3.0)

# --- pages ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "spaces_site" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "spaces_site" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
_FILES = "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": {"BACKEND": _FILES},
    # Sealed files that no door serves.
    "evidence": {"BACKEND": _FILES, "OPTIONS": {"location": VAR_DIR / "evidence", "file_permissions_mode": 0o600}},
    "staticfiles": {
        "BACKEND": "spaces_site.boundary.static.ModuleManifestStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
# Who changes a script or a style while the site runs gets the new one, not the old length of it.
WHITENOISE_AUTOREFRESH = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

_socket_origin = PUBLIC_URL.replace("http", "ws", 1) if PUBLIC_URL else "ws:"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF, _socket_origin],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF, STRIPE_API_BASE or "https://checkout.stripe.com"],  # the page of the payment
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY = "microphone=(self), camera=(), geolocation=()"
CSRF_FAILURE_VIEW = "spaces_site.boundary.pages.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True

# --- API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.DeviceTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["spaces_site.boundary.rest_json.ShallowJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["spaces_site.boundary.rest_pace.PaceThrottle"],
    "EXCEPTION_HANDLER": "spaces_site.boundary.rest.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Spaces",
    "DESCRIPTION": "Live social audio: rooms, people, sound.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Or the page would send our document to a validator of somebody else's.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "NotificationKindEnum": "accounts.api.serializers.KINDS",
        "KindEnum": "rooms.api.serializers.INVITED_TO",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "spaces_site.boundary.schema.tell_problems",
    ],
}

LOGGING_CONFIG = "spaces_site.boundary.logs.configure"
#: DEBUG, INFO, WARNING or ERROR.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
#: Bearer token that Prometheus sends to /metrics; without it only this machine may read them.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
#: One JSON object a line instead of text.
LOG_JSON = env.bool("LOG_JSON", default=PRODUCTION)
LOGGING = {"level": LOG_LEVEL, "json": LOG_JSON}
