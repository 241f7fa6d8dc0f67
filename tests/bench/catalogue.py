"""Every benchmark: what it measures, what is asked of it, and the function that measures."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bench:
    """One row of the table. `asked` maps the suffix of a figure ("" for none) to its bar.

    `function` is `module:name` under tests.bench; it returns a number or a mapping suffix → number,
    and raises `CannotMeasure` when the machine lacks something.
    """

    name: str
    unit: str
    function: str
    asked: dict[str, float]
    better: str = "lower"
    seconds: int = 50
    notes: dict[str, str] = field(default_factory=dict)


class CannotMeasure(Exception):
    """The machine lacks something; the text says what."""


#: Until the last part of somebody in a room has ended, and each of the parts.
_OUT: dict[str, float] = dict.fromkeys(("p95", "sound", "socket", "device", "playlist", "stream"), 1000)

CATALOGUE = (
    Bench("first_page_s", "s", "first_minute:first_page", {"": 15}),
    Bench("first_sound_s", "s", "first_minute:first_sound", {"": 40}),
    Bench("speaker_to_speaker_ms", "ms", "browser_delay:speaker_to_speaker", {"p50": 90, "p95": 120}),
    Bench("own_voice_return_db", "dB", "sound_costs:own_voice_return_db", {"": -60}),
    Bench("webrtc_listener_ms", "ms", "browser_delay:webrtc_listener", {"p50": 110}),
    Bench("live_stream_ms", "ms", "browser_delay:live_stream", {"p50": 450}),
    Bench("ll_hls_ms", "ms", "browser_delay:ll_hls", {"p50": 850}),
    Bench("cpu_ms_per_s_per_speaker", "ms/s", "sound_costs:cpu_ms_per_s_per_speaker", {"all": 9, "three": 5}),
    Bench("janus_cpu_ratio", "ratio", "janus:cpu_ratio", {"": 0.8}),
    Bench("room_core_share", "core", "sound_costs:room_core_share", {"": 0.20}),
    Bench("tick_late_ms", "ms", "sound_costs:tick_late_ms", {"p99": 3}),
    Bench("speech_kept_pct", "%", "sound_costs:speech_kept_pct", {"random5": 99, "burst10": 97}, better="higher"),
    Bench("delay_growth_ms", "ms", "sound_costs:delay_growth_ms", {"": 20}),
    Bench("hub_us_per_frame", "us", "hub_costs:hub_us_per_frame", {"daphne": 55, "uvicorn": 20}),
    Bench("hub_lost", "frames", "hub_costs:hub_lost", {"": 0}),
    Bench(
        "stream_listeners_per_core",
        "listeners",
        "playback_costs:stream_listeners_per_core",
        {"daphne": 6000, "uvicorn": 12000},
        better="higher",
    ),
    Bench(
        "hls_listeners_per_core",
        "listeners",
        "playback_costs:hls_listeners_per_core",
        {"uvicorn": 6000},
        better="higher",
    ),
    Bench("idle_sockets_rss_mib", "MiB", "idle_sockets:rss_mib", {"": 1024}),
    Bench("idle_sockets_api_ms", "ms", "idle_sockets:api_ms", {"p99": 300}),
    Bench("mute_to_silence_ms", "ms", "control_delay:mute_to_silence", {"p95": 250}),
    Bench("mute_all_to_silence_ms", "ms", "mute_all:mute_all_to_silence", {"p95": 250}, seconds=150),
    Bench("ban_to_silence_ms", "ms", "put_out:ban_to_silence", _OUT, seconds=150),
    Bench("block_takes_effect_ms", "ms", "put_out:block_takes_effect", _OUT, seconds=150),
    Bench(
        "raid_event_p99_ms",
        "ms",
        "raid:raid_event_p99",
        {"sqlite": 500, "postgres": 500, "host": 1000},
        seconds=240,
    ),
    Bench("kill_switch_s", "s", "kill_switch:kill_switch", {"page": 2, "playlist": 2}),
    Bench("home_page_cpu_ms", "ms", "home_page:home_page", {"": 60, "queries": 10}),
    Bench("search_ms", "ms", "search:search", {"sqlite": 50, "postgres": 50}, seconds=600),
    Bench(
        "ring_appears_s",
        "s",
        "rings:ring_appears",
        {"live": 2, "stage": 2, "over": 2, "blocked": 2},
        seconds=120,
    ),
    Bench("reminder_late_s", "s", "reminder_load:reminder_late", {"p99": 30}, seconds=240),
    Bench("media_node_killed_s", "s", "faults:media_node_killed", {"p95": 6}),
    Bench("web_killed_audio_gap_ms", "ms", "faults:web_killed_audio_gap", {"": 0}),
    Bench("zombie_writes", "writes", "faults:zombie_writes", {"": 0}),
    Bench(
        "lighthouse",
        "points",
        "lighthouse:scores",
        {"performance": 90, "accessibility": 100, "best_practices": 95, "seo": 90},
        better="higher",
        seconds=300,
    ),
)
