"""Noise, synchrony, cuts and losses: against signals and faces whose truth is known."""

import numpy as np
import pytest

from backend.speech.decode import decode
from backend.speech.hearing.posteriors import posteriors
from backend.speech.prosody import prosody
from backend.training.curate.judge import STAGES, Seen, judge, sync
from backend.training.curate.noise import pause_snr, wada_snr
from backend.training.curate.settings import Settings
from backend.training.curate.sync import expected_opening, synchrony
from backend.training.curate.track import Stretch, bridged, runs, track
from tests.conftest import ROOT
from tests.training.curate.films import later

LINE = decode(ROOT / "samples" / "line.flac")


def with_noise(samples, decibels, seed=0):
    noise = np.random.default_rng(seed).normal(size=len(samples))
    return (samples + noise * np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)).astype(np.float32)


# ------------------------------------------------------------------------------------------------------------------- noise


@pytest.mark.parametrize("decibels", [-5, 0, 10, 20, 30])
def test_the_estimate_is_exact_for_amplitudes_of_the_law_it_assumes(decibels):
    random = np.random.default_rng(1)
    speech = random.gamma(0.4, size=400_000) * random.choice([-1, 1], 400_000)
    assert wada_snr(with_noise(speech, decibels)) == pytest.approx(decibels, abs=0.7)


@pytest.mark.parametrize("decibels", [0, 5, 10, 15])
def test_the_estimate_follows_noise_under_real_speech(decibels, shared_data):
    files = sorted((shared_data / "speech" / "ljspeech").glob("*.wav"))[:6]
    found = [wada_snr(with_noise(decode(file), decibels)) for file in files]
    assert np.mean(found) == pytest.approx(decibels, abs=3.0), found


def test_pauses_tell_the_level_of_the_room():
    gap = np.zeros(16000, np.float32)
    spoken = np.concatenate([LINE, gap, LINE, gap])
    clean, noisy = (pause_snr(prosody(with_noise(spoken, decibels)).loudness) for decibels in (40, 28))
    assert clean - noisy == pytest.approx(12, abs=2)
    assert pause_snr(np.full(400, -20, np.float32)) is None


def test_nothing_is_not_clean():
    assert wada_snr(np.zeros(16000, np.float32)) == -20.0


# --------------------------------------------------------------------------------------------------------------- synchrony


@pytest.mark.parametrize("late", [-0.3, -0.1, 0.0, 0.08, 0.24])
def test_a_lag_is_found_to_the_hundredth(late):
    opening = expected_opening(posteriors(LINE))
    times = np.arange(5 * 25) / 25
    gap = 0.2 * np.interp(times + late, np.arange(len(opening)) / 100, opening) + 0.01
    found = synchrony(gap, 25, opening)
    assert found.lag == pytest.approx(late, abs=0.015)
    assert found.confidence > 0.8


def test_another_line_s_mouth_is_not_believed(talk, shared_data):
    """The head says the sample line; twelve other recordings are played to it."""
    gap = np.linalg.norm(talk.seen().straight[1][:, 13] - talk.seen().straight[1][:, 14], axis=1)
    own = synchrony(gap, 25, expected_opening(posteriors(talk.samples)))
    others = []
    for file in sorted((shared_data / "speech" / "ljspeech").glob("*.wav"))[:12]:
        others.append(synchrony(gap, 25, expected_opening(posteriors(decode(file)[: 5 * 16000]))).confidence)
    assert own.confidence > 0.8 and abs(own.lag) <= 0.04
    assert max(others) < own.confidence - 0.2
    assert np.median(others) < Settings().sync + 0.05


@pytest.mark.parametrize("late", [-0.2, 0.2])
def test_a_sound_that_is_moved_by_200_ms_is_found_so_and_refused(talk, late):
    before, after = (sync(talk.seen(sound), Settings()) for sound in (talk.samples, later(talk.samples, late)))
    assert before.why == ()
    assert after.measured["lag"] - before.measured["lag"] == pytest.approx(late, abs=0.03)
    assert "out of sync: the sound comes 0." in after.why[0] and ("after" if late > 0 else "before") in after.why[0]


# ------------------------------------------------------------------------------------------------- stages and what they say


def test_a_clean_talk_passes_every_stage_and_all_is_measured(talk):
    verdict = judge(talk.seen(), Settings())
    assert verdict.why == ()
    assert len(STAGES) == 6
    assert {"seconds", "snr_db", "pause_snr_db", "speech", "tracked", "alone", "face_px", "yaw_deg", "facing", "lag", "sync"} <= set(
        verdict.measured
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shortest": 8.0}, "only 5.04 s long"),
        ({"snr": 55.0}, "noisy"),
        ({"speech": 0.99}, "little speech"),
        ({"face": 500.0}, "a small face"),
        ({"turned": 0.1}, "turned away"),
        ({"sync": 2.0}, "does not say what is heard"),
    ],
)
def test_each_threshold_refuses_by_itself(talk, change, says):
    (why,) = judge(talk.seen(), Settings(**change)).why
    assert says in why


def test_noise_is_refused_for_what_it_is(talk):
    why = judge(talk.seen(with_noise(talk.samples, 3)), Settings()).why
    assert any(reason.startswith("noisy: ") for reason in why)


def test_english_is_told_from_what_is_not_where_there_is_no_whisper(talk, shared_data, monkeypatch):
    from backend.training.curate import language

    monkeypatch.setattr(language, "available", lambda: iter(()))
    german = decode(next((shared_data / "emotional" / "emodb").glob("03*N*.wav")))
    english = decode(sorted((shared_data / "speech" / "ljspeech").glob("*.wav"))[0])[: 6 * 16000]
    assert language.spoken(english, prosody(english), "en").why == ()
    assert "not in 'en'" in language.spoken(german, prosody(german), "en").why[0]
    assert language.spoken(german, prosody(german), "de").why == ()  # cannot be told apart from German
    assert "not in 'de'" in language.spoken(english, prosody(english), "de").why[0]
    assert language.spoken(english, prosody(english), "").code == ""


# ------------------------------------------------------------------------------------------------------------------- tracks


class Faces:
    """A mesh that sees what it is told to, one list of faces a frame."""

    def __init__(self, frames):
        self.frames = iter(frames)

    def faces(self, picture):
        return next(self.frames)


def face(x=100.0, size=60.0):
    points = np.random.default_rng(0).normal(0, size / 4, (478, 3)) + np.array([x, -100.0, 0.0])
    points[263], points[33] = [x + size / 2, -80, 0], [x - size / 2, -80, 0]
    return points


def shown(*scenes):
    """Pictures of noise, another noise for each scene, with a little change from frame to frame."""
    random, at = np.random.default_rng(0), 0
    for frames in scenes:
        base = random.integers(0, 200, (36, 64, 3))
        for _ in range(frames):
            yield at / 25, (base + random.integers(0, 8, base.shape)).astype(np.uint8)
            at += 1


def test_cuts_part_the_film_where_they_are():
    found = list(track(shown(30, 41, 29), 25, Faces([[face()]] * 100), 0.1))
    assert [len(stretch.points) for stretch in found] == [30, 41, 29]
    assert [stretch.start for stretch in found] == [0, pytest.approx(30 / 25), pytest.approx(71 / 25)]


def test_a_short_loss_is_bridged_and_a_long_one_parts():
    there = [[face()]] * 20 + [[]] * 4 + [[face(104.0)]] * 20 + [[]] * 12 + [[face()]] * 20
    (whole,) = track(shown(76), 25, Faces(there), 0.1)
    first, second = runs(whole)
    assert (len(first.points), len(second.points), second.start) == (44, 20, pytest.approx(56 / 25))
    assert first.found.mean() == pytest.approx(40 / 44)
    filled = bridged(first.points)
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(
        filled[20:24].mean(axis=(1, 2)) - filled[19].mean(), (104 - 100) / 3 * np.array([0.2, 0.4, 0.6, 0.8]), atol=1e-4
    )


def test_the_largest_face_counts_others_near_it_do_and_those_far_behind_do_not():
    frames = [[face(60, 20), face(200)]] * 5 + [[face(60, 40), face(200)]] * 5 + [[face(200), face(203)]] * 5
    (one,) = track(shown(15), 25, Faces(frames), 0.1)
    assert one.faces.tolist() == [1] * 5 + [2] * 5 + [1] * 5
    np.testing.assert_allclose(one.points[:, 263, 0] - one.points[:, 33, 0], 60, atol=1e-3)


def test_two_faces_are_refused(talk):
    both = Stretch(0.0, 25, talk.stretch.points, np.full(len(talk.stretch.points), 2))
    assert "somebody else is in the picture in 100%" in judge(Seen(both, talk.seen().samples), Settings()).why[0]
