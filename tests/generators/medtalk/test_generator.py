"""The generator on networks of chance: what holds whatever was learnt. Also what it is told, and its weights as a file."""

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from backend.emotion.direction import Curve, Direction, Guide
from backend.emotion.feel import feel
from backend.errors import DirectionError, MissingError
from backend.generators import GENERATORS
from backend.generators.medtalk import features, generator
from backend.generators.medtalk.chance import GAZE, LIDS
from backend.generators.medtalk.features import AFFECT, CUES, Sources, ear_content, phones_at
from backend.generators.medtalk.generator import MedTalk
from backend.generators.medtalk.meeting import JAW, MEETING, PARTING, PAUSE
from backend.generators.medtalk.network import Network, Shape
from backend.generators.medtalk.sizes import PARTS
from backend.generators.medtalk.stored import WEIGHTS, Trained, load, save
from backend.motion import Motion
from backend.motion.metahuman import METAHUMAN
from backend.speech.inventory import CLOSURES, PHONES, SILENCE
from backend.speech.speech import Speech, Word
from tests.generators.medtalk.said import words
from tests.lines import line

SHAPE = Shape(("neutral", "happy", "sad"), len(PHONES) + CUES, AFFECT, text=24, hidden=32, latent=16, sound=16, feeling=16)
USUAL = Curve()
FELT = [i for i in range(len(METAHUMAN)) if i not in GAZE and i not in LIDS]


@pytest.fixture(scope="module")
def trained() -> Trained:
    torch.manual_seed(0)
    network = Network(SHAPE)
    # Far from the ends of the channels, which would hide differences.
    network.decoder[-1].weight.data *= 0.3
    network.decoder[-1].bias.data.fill_(0.4)
    return Trained(network.eval(), Sources(), {"seed": 0})


def speech_of(repeat: int = 1) -> Speech:
    spoken, said = line(repeat=repeat), ("so", "it", "was", "you")
    starts = np.arange(0.6, spoken.duration - 0.5, 0.8)
    return replace(spoken, words=tuple(Word(said[i % 4], float(start), float(start) + 0.3) for i, start in enumerate(starts)))


def play(performer: MedTalk, speech, *guides: Guide, curve: Curve = USUAL, seed: int = 0, **settings: float) -> Motion:
    direction = Direction(guides, curve, "medtalk", "metahuman", Fraction(60), seed, settings)
    return performer.perform(speech, feel(speech, direction), direction)


def constant(value: float) -> Curve:
    return Curve((0.0,), (value,))


def test_lips_meet_on_every_p_b_and_m_and_nothing_else_is_touched(trained):
    speech = speech_of()
    sealed, free = (play(MedTalk(given=trained, words=words), speech, seal=seal).values for seal in (1.0, 0.0))
    times = np.arange(len(sealed)) / 60
    said = [phone for phone in speech.phones if phone.symbol in CLOSURES]
    assert said
    for phone in said:
        during = (times >= phone.start - 1 / 60) & (times <= phone.end + 1 / 60)
        assert sealed[during][:, MEETING].min(axis=1).max() > 0.999
        assert sealed[during][:, PARTING].max(axis=1).min() < 0.001
    held = [*said, *(phone for phone in speech.phones if phone.symbol == SILENCE)]
    away = np.min([np.maximum(phone.start - times, times - phone.end) for phone in held], axis=0) > 0.15
    assert away.any()
    assert np.array_equal(sealed[away], free[away])
    others = [i for i in range(len(METAHUMAN)) if i not in MEETING + PARTING + JAW]
    assert np.array_equal(sealed[:, others], free[:, others])


def test_the_mouth_closes_in_pauses_unless_something_is_felt(trained):
    speech = speech_of()
    pauses = [phone for phone in speech.phones if phone.symbol == SILENCE and phone.duration >= PAUSE]
    assert pauses
    calm, moved = (play(MedTalk(given=trained, words=words), speech, *guides).values for guides in ((), (Guide("happy", 1.0),)))
    loose, free = (play(MedTalk(given=trained, words=words), speech, *guides, seal=0.0).values for guides in ((), (Guide("happy", 1.0),)))
    for pause in pauses:
        frame = round((pause.start + pause.end) / 2 * 60)
        assert not calm[frame, PARTING + JAW].any()
        assert loose[frame, PARTING + JAW].any()
        assert np.array_equal(calm[frame, MEETING], loose[frame, MEETING])
        assert np.array_equal(moved[frame], free[frame])


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_turned_down_moves_half_as_far_and_the_others_as_before(trained, part):
    speech = speech_of()
    whole, half = (play(MedTalk(given=trained, words=words), speech, seal=0.0, **{part: size}).values for size in (1.0, 0.5))
    assert np.abs(whole[:, PARTS[part]]).max() > 0.1
    assert np.allclose(half[:, PARTS[part]], whole[:, PARTS[part]] / 2, atol=1e-6)
    others = [i for i in range(len(METAHUMAN)) if i not in PARTS[part]]
    assert np.array_equal(half[:, others], whole[:, others])


def test_it_performs_on_its_rig_at_60_frames_within_every_range(trained):
    speech = speech_of()
    motion = play(MedTalk(given=trained, words=words), speech, Guide("happy"), curve=constant(2.0))
    assert motion.rig == METAHUMAN
    assert motion.rate == 60
    assert motion.duration >= speech.duration
    assert all(c.low <= motion[c.name].min() and motion[c.name].max() <= c.high for c in METAHUMAN.channels)


def test_windows_leave_no_seam(trained, monkeypatch):
    speech, performer = speech_of(5), MedTalk(given=trained, words=words)
    assert len(list(performer.stream(speech, feel(speech, Direction()), Direction()))) == 1
    whole = play(performer, speech, Guide("happy"), Guide("sad", start=4.0))
    monkeypatch.setattr(generator, "WINDOW", 97)
    pieces = play(MedTalk(given=trained, words=words), speech, Guide("happy"), Guide("sad", start=4.0))
    np.testing.assert_allclose(pieces.values, whole.values, atol=1e-4)
    assert np.ptp(whole.values[:, FELT], axis=0).max() > 0.03


def test_a_window_is_not_told_of_words_beyond_its_reach_but_of_those_within(trained):
    speech = speech_of(4)
    told = MedTalk(given=trained, words=words)
    far = MedTalk(given=trained, words=words)
    first = play(told, speech, Guide("happy"))
    changed = replace(speech, words=(*speech.words[:-1], replace(speech.words[-1], text="thunder")))
    second = play(far, changed, Guide("happy"))
    differs = np.abs(first.values - second.values).max(axis=1) > 0
    start = speech.words[-1].start - 2.0
    assert not differs[: int(start * 60)].any()
    assert differs[int((start + 2.05) * 60)]


def test_same_seed_same_bytes_and_another_seed_other_eyes(trained):
    speech = speech_of(2)
    one, two, other = (play(MedTalk(given=trained, words=words), speech, Guide("sad"), seed=seed) for seed in (3, 3, 4))
    assert one.values.tobytes() == two.values.tobytes()
    assert (one.values[:, GAZE] != other.values[:, GAZE]).any()
    assert (one.values[:, FELT] == other.values[:, FELT]).all()


def test_a_changed_emotion_runs_only_the_rest(trained, monkeypatch):
    speech, performer = speech_of(2), MedTalk(given=trained, words=words)
    play(performer, speech, Guide("happy"))
    fresh = play(MedTalk(given=trained, words=words), speech, Guide("sad"))
    monkeypatch.setattr(generator, "hear", lambda *_: pytest.fail("it listened again"))
    again = play(performer, speech, Guide("sad"))
    assert again.values.tobytes() == fresh.values.tobytes()
    with pytest.raises(pytest.fail.Exception):
        play(performer, replace(speech, words=()), Guide("sad"))


def test_only_the_last_recordings_are_kept(trained):
    performer = MedTalk(given=trained, words=words)
    for number in range(generator.REMEMBERED + 2):
        play(performer, replace(line("sil:.2 m:.1 ɑ:.2 sil:.2"), digest=str(number)))
    assert len(performer._kept) == generator.REMEMBERED
    performer.forget()
    assert not performer._kept


def test_intensity_zero_is_neutral(trained):
    speech, performer = speech_of(2), MedTalk(given=trained, words=words)
    neutral = play(performer, speech, Guide("neutral"))
    blank = play(performer, speech, Guide("happy"), curve=constant(0.0))
    np.testing.assert_array_equal(blank.values[:, FELT], neutral.values[:, FELT])
    assert (play(performer, speech, Guide("happy")).values[:, FELT] != neutral.values[:, FELT]).any()


def test_the_curve_multiplies_what_is_predicted_or_replaces_it(trained, monkeypatch):
    speech, performer = speech_of(), MedTalk(given=trained, words=words)
    norms = {}
    told = trained.network.feel
    for replacing in (0.0, 0.5, 1.0):
        monkeypatch.setattr(trained.network, "feel", lambda code, norm, key=replacing: norms.__setitem__(key, norm) or told(code, norm))
        play(performer, speech, Guide("happy", weight=0.5), curve=constant(1.2), replace=replacing)
    predicted = torch.cat([spoken.intensity for _, spoken in performer._spoken(speech)])
    torch.testing.assert_close(norms[0.0], 0.6 * predicted)
    torch.testing.assert_close(norms[1.0], torch.full_like(predicted, 0.6))
    torch.testing.assert_close(norms[0.5], 0.3 * (predicted + 1))


def test_a_mix_lies_between_its_labels(trained):
    performer, direction = MedTalk(given=trained, words=words), Direction((Guide("happy", 0.5), Guide("sad", 0.5)))
    track = feel(line(), direction)
    mixed = track.weights[0] @ performer.codes(track, direction)
    happy, sad = (performer.codes(feel(line(), d), d)[0] for d in (Direction((Guide("happy"),)), Direction((Guide("sad"),))))
    np.testing.assert_allclose(mixed, (happy + sad) / 2, atol=1e-6)
    assert np.linalg.norm(happy) == pytest.approx(1)


def test_a_label_that_was_not_trained_guides_by_its_description(trained):
    from backend.emotion.presets import emotion

    performer, direction = MedTalk(given=trained, words=words), Direction((Guide("tired"),))
    code = performer.codes(feel(line(), direction), direction)[0]
    text = performer.text_code(emotion("tired").description)
    np.testing.assert_allclose(code, text / np.linalg.norm(text), rtol=1e-5)


def test_lids_close_when_they_blink_and_stay_where_they_are_between(trained):
    speech, performer = speech_of(3), MedTalk(given=trained, words=words)
    blinking, open_eyed = (play(performer, speech, blinks_per_minute=rate) for rate in (30.0, 0.0))
    assert (blinking.values[:, LIDS].max(axis=0) > 0.999).all()
    between = np.abs(blinking.values[:, LIDS] - open_eyed.values[:, LIDS]).max(axis=1) == 0
    assert 0.5 < between.mean() < 0.98
    assert {"headYaw", "headPitch", "headRoll"} == {*performer.head(speech, feel(speech, Direction()), Direction())}


def test_a_wrong_setting_is_refused(trained):
    with pytest.raises(DirectionError, match="did you mean 'gaze'"):
        play(MedTalk(given=trained, words=words), line(), gase=1.0)


def test_memory_does_not_grow_with_the_recording(trained, monkeypatch):
    monkeypatch.setattr(generator, "WINDOW", 120)
    monkeypatch.setattr(generator, "LONGEST", 0)

    def peak(repeat: int) -> int:
        speech = replace(speech_of(repeat), words=())
        performer, direction = MedTalk(given=trained, words=words), Direction()
        track = feel(speech, direction)
        heard = generator.hear(speech, Sources(), words)
        cut = list(generator.windows(60 * 4 * repeat, 120, SHAPE.reach))
        tracemalloc.start()
        for window in cut:
            performer._felt(performer._listen(heard, window), window, track, performer.codes(track, direction), 0.0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(24) < 1.3 * peak(4)


def test_weights_survive_the_file(trained, tmp_path):
    path = tmp_path / "medtalk.safetensors"
    save(path, trained)
    first = path.read_bytes()
    read = load(path, "cpu")
    save(path, read)
    assert path.read_bytes() == first
    assert read.network.shape == SHAPE
    assert (read.sources, dict(read.facts)) == (Sources(), {"seed": 0})
    speech = speech_of()
    a, b = (play(MedTalk(given=g, words=words), speech, Guide("happy")).values for g in (trained, read))
    np.testing.assert_allclose(a, b, atol=5e-3)
    path.write_bytes(first[:200])
    with pytest.raises(MissingError, match="train them"):
        load(path)
    with pytest.raises(MissingError):
        load(tmp_path / "none.safetensors")


def test_the_device_is_respected(trained, tmp_path):
    save(tmp_path / "w.safetensors", trained)
    assert next(load(tmp_path / "w.safetensors", "cpu").network.parameters()).device.type == "cpu"
    with pytest.raises(DirectionError, match="nowhere"):
        load(tmp_path / "w.safetensors", "nowhere")


def test_it_is_listed_only_where_its_weights_are_and_importing_it_imports_no_torch():
    assert ("medtalk" in GENERATORS) == WEIGHTS.is_file()
    code = "import sys, backend.generators.medtalk.generator; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_content_is_the_phone_and_the_voice_and_not_how_sure_the_ear_is():
    voice = np.arange(2 * CUES, dtype=np.float32).reshape(2, CUES)
    told = ear_content(np.array([3, 5]), voice)
    assert np.argwhere(told[:, : len(PHONES)]).tolist() == [[0, 3], [1, 5]]
    assert np.array_equal(told[:, len(PHONES) :], voice)
    speech, times = speech_of(), np.arange(30) / 60
    doubtful = replace(speech, posteriors=np.zeros_like(speech.posteriors))
    sure, unsure = (features.hear(one, Sources(), words).content(times) for one in (speech, doubtful))
    assert np.array_equal(sure, unsure)


def test_features_are_at_their_times():
    speech = speech_of()
    heard = features.hear(speech, Sources(), words)
    times = np.arange(0, speech.duration, 1 / 60)
    assert heard.content(times).shape == (len(times), len(PHONES) + CUES)
    np.testing.assert_allclose(heard.content(times[40:60]), heard.content(times)[40:60], atol=1e-6)
    names = [PHONES[i] for i in phones_at(speech.phones)(np.array([0.1, 0.55, 0.6, 99.0]))]
    assert names == ["sil", "m", "ɑ", "sil"]
    affect = heard.affect(times)
    assert affect.shape[1] == AFFECT
    vowel, silence = affect[(times > 0.6) & (times < 0.72)], affect[times < 0.4]
    assert vowel[:, 0].mean() > silence[:, 0].mean() + 1
    assert heard.words.shape == (len(speech.words), 24)


def test_words_go_through_the_shipped_encoder():
    encode = features.word_encoder("minilm", "cpu")
    found = encode(["murder", "table", "murder"])
    assert found.shape == (3, 384)
    np.testing.assert_array_equal(found[0], found[2])
    assert encode([]).shape == (0, 384)
