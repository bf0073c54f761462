"""Training speech: its scripts, its voices, its speakers, and a small corpus built for real where the synthesisers are there."""

import json
import shutil
from dataclasses import replace
from itertools import islice

import numpy as np
import parselmouth
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from parselmouth.praat import call
from safetensors.numpy import load_file
from scipy.signal import lfilter

from backend.errors import InputError, MissingError
from backend.speech.inventory import PHONES, VISEME, VOWELS
from backend.speech.speech import SAMPLE_RATE
from backend.training.speech import corpus
from backend.training.speech.convert import SAME, Speaker, another, convert
from backend.training.speech.emotive import is_emotive
from backend.training.speech.scripts import languages, sentences
from backend.training.speech.shards import Corpus
from backend.training.speech.voices import program, voices

synthesisers = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("flite", "festival", "espeak-ng")), reason="flite, festival and espeak-ng are not installed"
)


def test_every_voice_can_be_given_something_to_say():
    assert {voice.language for voice in voices()} <= {*languages()}
    assert all(voice.licence and voice.package for voice in voices())


def test_every_symbol_of_every_voice_means_a_phone():
    tables = {voice.symbols: voice for voice in voices()}
    for voice in tables.values():
        for symbol in ("pau", "#", "a", "aa", "t", "S", "ts", "tɕh", "ɔːɹ", "uei"):
            assert {*voice.phones(symbol)} <= {*PHONES}
    espeak = next(voice for voice in voices() if voice.engine == "espeak")
    assert espeak.phones("ɔːɹ") == ("ɔ", "ɹ")
    assert espeak.phones("ʔ") == ()


@pytest.mark.parametrize("language", languages())
def test_scripts_are_the_same_from_the_same_seed_and_hardly_repeat(language):
    first, again, other = (list(islice(sentences(language, seed), 40)) for seed in (1, 1, 2))
    assert first == again
    assert not {*first} & {*other}
    assert all(sentence[-1] in ".?!" and len(sentence.split()) >= 3 for sentence in first)


def test_words_of_feeling_are_mixed_in_where_asked_for_and_change_nothing_else():
    plain, stirred = (list(islice(sentences("en", 5, share), 80)) for share in (0.0, 0.5))
    changed = [(one, other) for one, other in zip(plain, stirred, strict=True) if one != other]
    assert 25 <= len(changed) <= 55
    for one, other in changed:
        pairs = [(a, b) for a, b in zip(one.lower().split(), other.lower().split(), strict=True) if a != b]
        assert 1 <= len(pairs) <= 2
        assert all(is_emotive(b) for _, b in pairs)


def test_english_scripts_are_likelier_than_shuffled_ones():
    """They follow the trigrams: their words in another order are rarer by far."""
    from backend.training.speech.scripts import RARE, _trigrams, english

    model, _, _ = _trigrams()
    random = np.random.default_rng(0)
    drawn = [english(random, 10) for _ in range(40)]
    assert 0 < RARE < 0.5

    def worth(words: list[str]) -> float:
        return sum(model.prob([words[i], *words[max(i - 2, 0) : i][::-1]]) for i in range(len(words))) * 1e-4

    shuffled = [list(random.permutation(words)) for words in drawn]
    assert np.mean([worth(words) for words in drawn]) > np.mean([worth(words) for words in shuffled]) + 3


def vowel(pitch: float = 120.0, seconds: float = 1.0) -> np.ndarray:
    """Pulses through two resonances, about an "a"."""
    sound = np.zeros(int(seconds * SAMPLE_RATE))
    sound[:: round(SAMPLE_RATE / pitch)] = 1
    for hertz, width in ((700, 80), (1200, 90), (2600, 150), (3500, 200)):
        radius = np.exp(-np.pi * width / SAMPLE_RATE)
        sound = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * hertz / SAMPLE_RATE), radius**2], sound)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def median_pitch(samples: np.ndarray, floor: float = 60) -> float:
    return call(parselmouth.Sound(samples.astype(float), SAMPLE_RATE).to_pitch(None, floor, 700), "Get quantile", 0, 0, 0.5, "Hertz")


def first_formant(samples: np.ndarray) -> float:
    return call(parselmouth.Sound(samples.astype(float), SAMPLE_RATE).to_formant_burg(None, 5, 5500), "Get mean", 1, 0.2, 0.8, "hertz")


@pytest.mark.parametrize("ratio", [0.7, 1.5, 2.2])
def test_pitch_is_multiplied_and_the_formants_stay(ratio):
    before, after = vowel(), convert(vowel(), Speaker(pitch=ratio), np.random.default_rng(0))
    assert len(after) == len(before)
    # Pulses put closer are so alike in pairs that half the pitch is as strong: it is kept out of sight.
    assert median_pitch(after, 75 * ratio) == pytest.approx(ratio * median_pitch(before), rel=0.04)


@pytest.mark.parametrize("ratio", [0.8, 1.2])
def test_formants_are_multiplied_and_the_pitch_stays(ratio):
    before, after = vowel(), convert(vowel(), Speaker(formants=ratio), np.random.default_rng(0))
    assert first_formant(after) == pytest.approx(ratio * first_formant(before), rel=0.1)
    assert median_pitch(after) == pytest.approx(median_pitch(before), rel=0.03)


def test_a_whisper_has_no_pitch_and_keeps_its_resonances():
    whispered = convert(vowel(), replace(SAME, whisper=True), np.random.default_rng(0))
    strength = parselmouth.Sound(whispered.astype(float), SAMPLE_RATE).to_pitch(None, 60, 700).selected_array["strength"]
    assert np.mean(strength > 0.6) < 0.1
    spectrum = np.abs(np.fft.rfft(whispered * np.hanning(len(whispered)))) ** 2
    hertz = np.fft.rfftfreq(len(whispered), 1 / SAMPLE_RATE)
    near, between = (spectrum[(hertz > low) & (hertz < high)].mean() for low, high in ((550, 900), (1700, 2200)))
    assert near > 4 * between


def test_effort_tilts_the_spectrum_by_what_it_says():
    random = np.random.default_rng(0)
    noise = 0.05 * random.standard_normal(SAMPLE_RATE * 2).astype(np.float32)
    loud = convert(noise, Speaker(effort=6), random)
    hertz = np.fft.rfftfreq(len(noise), 1 / SAMPLE_RATE)
    gain = np.abs(np.fft.rfft(loud)) / np.abs(np.fft.rfft(noise))
    at = [20 * np.log10(np.median(gain[(hertz > f * 0.97) & (hertz < f * 1.03)])) for f in (500, 1000, 2000)]
    assert np.allclose(np.diff(at), 6, atol=0.3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4000), st.booleans())
@example(0, 185, True)
@example(0, 1, True)
def test_any_sound_survives_any_speaker(seed, length, whisper):
    random = np.random.default_rng(seed)
    sound = (random.standard_normal(length) * random.uniform(0, 0.3)).astype(np.float32)
    speaker, drawn = replace(another(random), whisper=whisper), int(random.integers(2**31))
    changed, again = (convert(sound, speaker, np.random.default_rng(drawn)) for _ in range(2))
    np.testing.assert_array_equal(changed, again)
    assert changed.shape == sound.shape
    assert np.isfinite(changed).all()
    assert np.abs(changed).max() <= max(0.91, np.abs(sound).max())


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    wanted = ("flite-slt", "festival-lp_diphone", "espeak-de")
    chosen = tuple(voice for voice in voices() if f"{voice.engine}-{voice.name}" in wanted)
    patch = pytest.MonkeyPatch()
    patch.setattr(corpus, "voices", lambda: chosen)
    corpus.build(0.02, folder, seed=5, workers=1)
    yield folder
    patch.undo()


@synthesisers
def test_a_corpus_holds_what_its_manifest_says(small):
    told = json.loads((small / "manifest.json").read_text("utf-8"))
    assert len(told["shards"]) == 3
    assert told["hours"] == pytest.approx(0.02, rel=0.3)
    for shard in told["shards"]:
        arrays = load_file(small / shard["file"])
        assert arrays["samples"].dtype == np.int16
        assert len(arrays["samples"]) == len(arrays["labels"]) * 160
        assert {*arrays["labels"].tolist()} <= {*range(len(PHONES)), corpus.UNKNOWN}
        assert np.mean(arrays["labels"] == corpus.UNKNOWN) < 0.05
        assert shard["licence"]


@synthesisers
def test_labels_say_what_sounds(small):
    """Vowels are loud, silence is quiet, in every voice, whoever's it was made."""
    for path in small.glob("*.safetensors"):
        arrays = load_file(path)
        level = np.abs(arrays["samples"].astype(float)).reshape(-1, 160).mean(1)
        voiced = np.isin(arrays["labels"], [PHONES.index(v) for v in VOWELS])
        assert np.median(level[voiced]) > 30 * np.median(level[arrays["labels"] == 0])
        seen = {VISEME[PHONES[label]] for label in arrays["labels"].tolist() if label != corpus.UNKNOWN}
        assert len(seen) >= 12


@synthesisers
def test_a_build_goes_on_where_it_stopped_and_ends_the_same(small):
    before = {path.name: path.read_bytes() for path in small.iterdir()}
    (small / next(name for name in before if name.startswith("flite"))).unlink()
    (small / "manifest.json").unlink()
    corpus.build(0.02, small, seed=5, workers=1)
    assert {path.name: path.read_bytes() for path in small.iterdir()} == before


@synthesisers
def test_crops_are_played_at_the_speed_asked_for(small):
    speech = Corpus(small)
    crops = speech.draw(np.random.default_rng(0), 3, 120)
    assert crops.samples.shape == (3, 120 * 160)
    assert crops.labels.shape == (3, 120)
    # Crops that need as many frames of the corpus begin at the same places.
    quick = speech.draw(np.random.default_rng(0), 3, 60, (2.0, 2.0))
    assert np.array_equal(quick.labels, crops.labels[:, ::2])
    assert np.allclose(quick.samples, crops.samples[:, ::2], atol=1e-4)


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="mien corpus speech"):
        Corpus(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="apt install festival"):
        program("flite")
