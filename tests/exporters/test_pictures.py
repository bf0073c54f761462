"""Video, contact sheet and plot, decoded again."""

import io
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from backend.motion import Channel, Motion, Rig, parse_rate
from backend.speech.speech import SAMPLE_RATE, Word
from exporters.options import Options
from exporters.plot import plot
from exporters.sheet import SIZE, sheet
from exporters.video import SIZE as VIDEO_SIZE
from exporters.video import video
from tests.exporters.takes import random_take, spoken, take_of


def decoded(content):
    """Stream facts, frames ``[n, h, w, 3]`` with their seconds, samples with the second of the first, and lengths in seconds."""
    with av.open(io.BytesIO(content)) as file:
        picture = file.streams.video[0]
        facts = {"codec": picture.codec_context.name, "format": picture.format.name, "rate": picture.average_rate}
        lengths = {stream.type: float(stream.duration * stream.time_base) for stream in file.streams}
        frames, seconds, sound, start = [], [], [], None
        for frame in file.decode():
            if isinstance(frame, av.VideoFrame):
                frames.append(frame.to_ndarray(format="rgb24"))
                seconds.append(float(frame.pts * frame.time_base))
            else:
                start = float(frame.pts * frame.time_base) if start is None else start
                sound.append(frame.to_ndarray()[0])
                facts["sound"], facts["sample rate"] = frame.format.name, frame.sample_rate
    return facts, np.array(frames), np.array(seconds), np.concatenate(sound) if sound else None, start, lengths


@pytest.fixture(scope="module")
def filmed(line):
    take, speech = line
    steps = []
    return decoded(video(take, Options(speech=speech, progress=steps.append))), steps


def test_the_video_has_every_frame_at_its_time(filmed, line):
    take, _ = line
    (facts, frames, seconds, *_), steps = filmed
    assert (facts["codec"], facts["format"], facts["rate"]) == ("h264", "yuv420p", 30)
    assert frames.shape == (take.motion.frames, VIDEO_SIZE, VIDEO_SIZE, 3)
    assert np.abs(seconds - take.motion.times).max() < 1e-3
    assert steps == sorted(steps)
    assert steps[-1] == 1


def test_the_video_moves(filmed):
    (_, frames, *_), _ = filmed
    still = np.abs(np.diff(frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert still.min() > 0.05
    # A face before a background, not one colour.
    assert frames[0].std() > 10


def test_the_sound_is_the_recording_and_starts_with_the_picture(filmed, line):
    take, speech = line
    (facts, _, seconds, sound, start, lengths), _ = filmed
    assert facts["sample rate"] == SAMPLE_RATE
    assert (seconds[0], start) == (0, 0)
    assert abs(lengths["video"] - lengths["audio"]) < 1 / 30
    assert abs(lengths["video"] - take.motion.frames / 30) < 1e-3
    # Where the two fit best is within two milliseconds of no shift at all.
    count = len(speech.samples)
    spectrum = np.fft.rfft(sound[:count], 2 * count) * np.conj(np.fft.rfft(speech.samples, 2 * count))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    assert min(lag, 2 * count - lag) < 0.002 * SAMPLE_RATE
    assert np.corrcoef(sound[:count], speech.samples)[0, 1] > 0.98


def test_a_fast_take_is_filmed_at_half_its_rate_without_sound_if_there_is_none():
    take = random_take(9, "59.94", turn=0.1)
    facts, frames, seconds, sound, _, _ = decoded(video(take, Options()))
    assert len(frames) == 5
    assert float(facts["rate"]) == pytest.approx(30000 / 1001, abs=0.01)
    assert np.abs(seconds - take.motion.times[::2]).max() < 1e-3
    assert sound is None


def test_a_recording_longer_or_shorter_than_the_take_is_fitted(line):
    _, speech = line
    for samples in (speech.samples[:2000], np.tile(speech.samples, 3)):
        lengths = decoded(video(random_take(4), Options(speech=replace(speech, samples=samples))))[-1]
        assert lengths["audio"] == pytest.approx(4 / 30, abs=1 / 30)


@pytest.fixture(scope="module")
def sheet_of_line(line):
    return sheet(line[0], Options())


def test_the_sheet_shows_twelve_different_moments(sheet_of_line):
    with Image.open(io.BytesIO(sheet_of_line)) as page:
        assert page.size == SIZE
        pixels = np.asarray(page.convert("RGB")).astype(int)
    top, tile, caption, gap = 56, 320, 52, 12
    tiles = []
    for row in range(3):
        for column in range(4):
            y, x = top + row * (tile + caption + gap), gap + column * (tile + gap)
            tiles.append(pixels[y : y + tile, x : x + tile])
            assert pixels[y + tile : y + tile + 30, x : x + tile].min() < 150, "a caption is missing"
    assert all(t.std() > 10 for t in tiles)
    assert all(np.abs(a - b).mean() > 0.05 for i, a in enumerate(tiles) for b in tiles[:i])


def test_the_sheets_captions_follow_words_and_mood(line, sheet_of_line):
    take, _ = line
    plain = sheet(replace(take, words=()), Options())
    assert sheet_of_line != plain
    weaker = replace(take, emotion=replace(take.emotion, intensity=take.emotion.intensity * 0), words=())
    assert sheet(weaker, Options()) != plain


def test_a_sheet_of_one_frame_and_whose_head_it_shows(tmp_path):
    notes = []
    sheet(random_take(1), Options(head=tmp_path, note=notes.append))
    assert notes == ["pictures show Mien's head; your own goes into FBX and glTF files."]
    with Image.open(io.BytesIO(sheet(random_take(1), Options()))) as page:
        assert page.size == SIZE


@pytest.mark.parametrize(("seconds", "width"), [(1.4, 1600), (20, 3606)])
def test_the_plot_has_the_promised_size(seconds, width):
    take, speech = spoken(seconds)
    with Image.open(io.BytesIO(plot(take, Options(speech=speech)))) as page:
        assert page.size[1] == 1200
        assert abs(page.size[0] - width) <= 12
        assert np.asarray(page.convert("RGB")).std() > 20


def test_the_plot_shows_each_thing_it_promises(line):
    """Taking a thing away changes the picture."""
    take, speech = line
    whole = pixels_of(plot(take, Options(speech=speech)))
    still = Motion.still(take.motion.rig, take.motion.frames, take.motion.rate)
    without = {
        "sound": (take, Options()),
        "words": (replace(take, words=()), Options(speech=speech)),
        "phones": (replace(take, phones=()), Options(speech=speech)),
        "intensity": (replace(take, emotion=replace(take.emotion, intensity=take.emotion.intensity * 0.5)), Options(speech=speech)),
    }
    for name, (other, options) in without.items():
        assert (pixels_of(plot(other, options)) != whole).any(), name
    blank = pixels_of(plot(replace(take, motion=still), Options()))
    for channel in (
        "jawOpen",
        "mouthClose",
        "mouthSmileLeft",
        "mouthFrownRight",
        "browInnerUp",
        "browDownLeft",
        "eyeBlinkRight",
        "headPitch",
    ):
        other = replace(take, motion=still.with_curves({channel: take.motion[channel]}))
        assert (pixels_of(plot(other, Options())) != blank).any(), channel


def pixels_of(content):
    with Image.open(io.BytesIO(content)) as page:
        return np.asarray(page.convert("RGB")).astype(int)


def test_words_in_any_script_are_no_reason_to_fail(line):
    take, speech = line
    words = (Word("你好", 0.1, 0.5), Word("مرحبا", 0.6, 1.1))
    for exporter in (plot, sheet):
        assert exporter(replace(take, words=words), Options(speech=speech))


def test_a_plot_of_another_rig_leaves_out_what_it_lacks():
    motion = Motion.still(Rig("other", (Channel("jawOpen", "jaw"),)), 5, parse_rate(30))
    assert pixels_of(plot(take_of(motion), Options())).std() > 10
