"""The one shape of sound inside the engine."""

#: Samples a second, per channel. Everything inside the engine is mono at this rate.
SAMPLE_RATE = 48_000
#: Samples in one frame: 20 ms.
FRAME_SAMPLES = 960
#: Seconds in one frame.
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
#: Frames in a second.
FRAMES_PER_SECOND = SAMPLE_RATE // FRAME_SAMPLES
