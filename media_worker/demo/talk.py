"""What the demo's people have posted and written to one another, so that no page is empty."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoPost:
    """A post; `shares` is the handle of the host whose live room it shows."""

    author: str
    text: str
    minutes_ago: int
    shares: str = ""
    replies: tuple[tuple[str, str], ...] = ()
    liked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A message; `shares` as in `DemoPost`."""

    sender: str
    recipient: str
    text: str
    minutes_ago: int
    shares: str = ""


POSTS = (
    DemoPost(
        "noor",
        "The last bus was empty but for a cello and its owner. I shall tell the rest on Friday.",
        2900,
        liked_by=("maya", "yuki", "david"),
    ),
    DemoPost(
        "sam", "First day here. Which room does one begin with?", 1900, replies=(("eva", "Maya’s tour. Then stay."),)
    ),
    DemoPost("eva", "A good first question is one that everybody else was afraid to ask.", 1200, liked_by=("david",)),
    DemoPost("david", "Notes from our last room, with every link: https://example.org/notes", 1500, liked_by=("eva",)),
    DemoPost(
        "theo",
        "Un limiteur n’est pas une punition. C’est une promesse faite aux oreilles.",
        700,
        replies=(("lea", "À encadrer au-dessus de la console."),),
        liked_by=("maya", "lea", "hugo"),
    ),
    DemoPost(
        "ines",
        "Sense and Sensibility, a page at a time. @omar reads, I turn the pages.",
        40,
        shares="ines",
        replies=(("chloe", "Je viens avec mon café."), ("yuki", "Listening from Tokyo.")),
        liked_by=("omar", "yuki", "chloe", "sam"),
    ),
    DemoPost(
        "maya",
        "We are on the air: what happens between a microphone and your ear. @theo brought his diagrams.",
        12,
        shares="maya",
        replies=(("eva", "First in the queue, as ever."), ("sam", "New here, and already listening.")),
        liked_by=("theo", "eva", "sam", "lea", "noor"),
    ),
)

MESSAGES = (
    DemoMessage("maya", "sam", "Glad that you found us. The tour begins again every few minutes.", 9, shares="maya"),
    DemoMessage("sam", "maya", "Thank you! I am listening already.", 7),
    DemoMessage("ines", "omar", "You read so well tonight. Same page tomorrow?", 30),
    DemoMessage("lea", "theo", "Tu viens parler du montage demain ?", 90),
    DemoMessage("ines", "sam", "If you like books, come and sit with us.", 5, shares="ines"),
    DemoMessage("ines", "eva", "That was a good question. Come up and ask the next one aloud?", 3, shares="ines"),
)
