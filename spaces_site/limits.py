"""What the product bounds: settings of rooms and of what one person or one network may do. Read by `settings.py`."""

import environ

env = environ.Env()

#: Largest number of people on stage in one room, 1 to 50; X has 13.
STAGE_LIMIT = min(50, max(1, env.int("STAGE_LIMIT", default=13)))
#: Co-hosts that one room may have.
CO_HOST_LIMIT = env.int("CO_HOST_LIMIT", default=2)
#: Posts that one room may have pinned at a time.
PIN_LIMIT = env.int("PIN_LIMIT", default=5)
#: Seconds that a room waits for a host who dropped off.
HOST_GRACE_SECONDS = env.int("HOST_GRACE_SECONDS", default=120)
#: Websockets that one person, and one network address, may hold open to one web process.
SOCKETS_PER_PERSON = env.int("SOCKETS_PER_PERSON", default=5)
#: Raise it where many people share an address, such as a school.
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", default=30)
#: People who may share an address: it has so many times what one of them may do.
PEOPLE_PER_ADDRESS = env.int("PEOPLE_PER_ADDRESS", default=30)
#: Seconds that a seat on stage is kept for somebody whose network is gone.
SEAT_GRACE_SECONDS = env.int("SEAT_GRACE_SECONDS", default=30)
