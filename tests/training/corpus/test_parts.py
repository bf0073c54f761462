"""Parts of the corpus builder on cases whose answer is known: words, voices with feeling, figures."""

from fractions import Fraction

import numpy as np
import parselmouth
import pytest
from parselmouth.praat import call

from backend.motion import Motion
from backend.motion.arkit import ARKIT
from backend.speech.speech import SAMPLE_RATE, Phone
from backend.training.corpus.saying import phones_of
from backend.training.corpus.statistics import Figures, figures, off, table, talking
from backend.training.corpus.voicing import MANNERS, Manner, voiced
from backend.training.corpus.words import word_times
from backend.training.speech.convert import SAME
from backend.training.speech.voices import Said, voices
from tests.training.test_speech_corpus import median_pitch, vowel


def spelled(symbols: str) -> list[Phone]:
    return [Phone(symbol, 0.1 * i, 0.1 * (i + 1)) for i, symbol in enumerate(symbols.split())]


@pytest.mark.parametrize(
    ("text", "symbols", "ends"),
    [
        ("The big cat sat.", "sil ð ə b ɪ ɡ k æ t s æ t sil", [3, 6, 9, 12]),
        ("Thought, through enough!", "sil θ ɔ t sil θ ɹ u ɪ n ʌ f sil", [4, 8, 12]),
        ("Das Schiff fährt.", "d a s ʃ ɪ f f ɛ t", [3, 6, 9]),
        ("вода дом", "v o d a d o m", [4, 7]),
        ("Hello?", "h ɛ l oʊ", [4]),
    ],
)
def test_words_end_with_their_last_sound(text, symbols, ends):
    words = word_times(text, spelled(symbols))
    assert [round(word.end * 10) for word in words] == ends
    assert [word.text for word in words] == [word.strip(".,?!").lower() for word in text.split()]


def test_symbols_become_phones_without_gaps():
    flite = next(voice for voice in voices() if voice.engine == "flite")
    said = Said("x", np.zeros(16000, np.float32), 16000, (("pau", 0.2), ("b", 0.3), ("aa", 0.6), ("pau", 1.0)))
    phones = phones_of(said, flite, stretched=2.0, start=0.5, end=3.0)
    assert [(phone.symbol, phone.start, phone.end) for phone in phones] == [
        ("sil", 0.0, 0.9),
        ("b", 0.9, 1.1),
        ("ɑ", 1.1, 1.7),
        ("sil", 1.7, 3.0),
    ]


def test_a_symbol_without_a_phone_leaves_its_time_to_the_one_before():
    espeak = next(voice for voice in voices() if voice.engine == "espeak")
    said = Said("x", np.zeros(16000, np.float32), 16000, (("a", 0.2), ("ʔ", 0.3), ("t", 0.5)))
    phones = phones_of(said, espeak, 1.0, 0.1, 0.7)
    assert [(phone.symbol, phone.end) for phone in phones] == [("sil", 0.1), ("a", 0.4), ("t", 0.6), ("sil", 0.7)]


@pytest.mark.parametrize("emotion", [emotion for emotion in MANNERS if emotion != "neutral"])
def test_a_voice_changes_as_its_emotion_says(emotion):
    manner, sound = MANNERS[emotion], vowel()
    changed = voiced(sound, SAME, manner, np.random.default_rng(0))
    usual = voiced(sound, SAME, Manner(), np.random.default_rng(0))
    assert len(changed) == round(len(sound) * manner.duration)
    assert median_pitch(changed) == pytest.approx(manner.pitch * median_pitch(sound), rel=0.05)
    assert level(changed) - level(usual) == pytest.approx(manner.loudness, abs=1.0)


def test_lengthening_keeps_every_moment_in_proportion():
    """A burst at 40 % of the sound is at 40 % of the longer one."""
    sound = vowel()
    sound[len(sound) * 2 // 5 :][:800] *= 6
    longer = voiced(sound, SAME, Manner(duration=1.2), np.random.default_rng(0))
    burst = [np.argmax(np.convolve(np.square(each), np.ones(400), "same")) / len(each) for each in (sound, longer)]
    assert burst[1] == pytest.approx(burst[0], abs=0.02)


def test_half_a_manner_is_half_as_far():
    half = MANNERS["angry"].scaled(0.5)
    assert half.pitch**2 == pytest.approx(MANNERS["angry"].pitch)
    assert half.loudness * 2 == pytest.approx(MANNERS["angry"].loudness)
    assert MANNERS["angry"].scaled(0) == Manner()


def level(samples: np.ndarray) -> float:
    return float(call(parselmouth.Sound(samples.astype(float), SAMPLE_RATE), "Get intensity (dB)"))


def swinging(hertz: float, size: float, rate: int = 60, seconds: float = 20) -> Motion:
    times = np.arange(rate * seconds) / rate
    return Motion.from_curves(ARKIT, {"jawOpen": size * (0.5 + 0.5 * np.sin(2 * np.pi * hertz * times))}, len(times), Fraction(rate))


@pytest.mark.parametrize("hertz", [1.0, 2.5, 5.0, 9.0])
def test_figures_of_a_sine(hertz):
    found = figures([swinging(hertz, 0.6)])
    assert found.keys() == {"jawOpen"}
    if hertz < 3:  # at 30 frames per second a faster one is met beside its tops
        assert found["jawOpen"].range == pytest.approx(0.6, rel=0.03)
        assert found["jawOpen"].speed == pytest.approx(2 * 0.6 * hertz, rel=0.05)
    assert (found["jawOpen"].above_3 > 0.9) == (hertz > 3)
    assert (found["jawOpen"].above_8 > 0.9) == (hertz > 8)


def test_figures_do_not_depend_on_the_frame_rate():
    at_30, at_60 = (figures([swinging(2.0, 0.5, rate)])["jawOpen"] for rate in (30, 60))
    assert at_30.speed == pytest.approx(at_60.speed, rel=0.03)
    assert at_30.range == pytest.approx(at_60.range, rel=0.03)


def test_only_stretches_in_which_the_jaw_is_busy_count_as_talking():
    busy, still = swinging(3.0, 0.6, seconds=4), swinging(3.0, 0.0, seconds=6)
    both = busy.with_values(np.concatenate([still.values, busy.values, still.values]))
    (part,) = talking(both)
    assert part.frames / 60 == pytest.approx(4, abs=1)
    assert not list(talking(still))


def test_the_table_marks_what_is_off():
    ours, real = {"jawOpen": Figures(0.4, 1.0, 0.1, 0.01)}, {"jawOpen": Figures(0.9, 1.1, 0.1, 0.01)}
    assert "| jawOpen | 0.40* | 0.90 | 1.00 | 1.10 |" in table(ours, real)
    assert off(0.4, 0.9)
    assert not off(1.0, 1.1)
    assert "*" not in table(ours)
