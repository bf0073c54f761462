"""Texts and pictures as guides: what they are called in a track, how they come and go, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from backend.emotion.direction import Direction, Ease, Guide
from backend.emotion.feel import OFFSET, ONSET, feel
from backend.emotion.presets import emotions
from backend.emotion.texts import meant
from backend.errors import DirectionError
from backend.generators.procedural.expression import prototype
from backend.generators.procedural.guided import in_presets, shown
from backend.generators.rules import RULES
from backend.motion.arkit import APPLE_52
from tests.lines import line


def text(value: str, *rest: float, **named) -> Guide:
    return Guide(value, *rest, kind="text", **named)


def image(value: str, *features: float, **named) -> Guide:
    return Guide(value, kind="image", features=features or (0.5, 0.25), **named)


def felt(*guides: Guide):
    return feel(line(repeat=2), Direction(guides))


def test_every_kind_has_a_column_of_its_own_and_the_same_thing_twice_has_one():
    track = felt(Guide("happy"), text("happy"), image("happy"), text("happy", 0.5), image("happy", 0.1), image("happy", 0.5, 0.25))
    assert track.labels == ("happy", '"happy"', "[happy]", "[happy 2]")
    assert list(track.references) == ['"happy"', "[happy]", "[happy 2]"]
    assert track.references["[happy 2]"].features == (0.1,)
    weight = track.weights[0]
    np.testing.assert_allclose(weight[1] / weight[0], 1.5, rtol=1e-5)
    np.testing.assert_allclose(weight[2] / weight[3], 2.0, rtol=1e-5)


@pytest.mark.parametrize("guide", [text("furious", start=0.5, end=2.5), image("me.png", start=0.5, end=2.5)])
def test_without_a_fade_they_come_and_go_as_presets_do_on_the_median(guide):
    onsets, offsets = (np.median([getattr(preset, end) for preset in emotions().values()]) for end in ("onset", "offset"))
    assert (onsets, offsets) == (ONSET, OFFSET)
    steady = replace(guide, ease=Ease.LINEAR)
    track = felt(steady)
    share = np.interp([0.25, 0.5, 0.75, 2.0, 2.5, 3.0], track.times, track.weights[:, 0])
    np.testing.assert_allclose(share, [0, 0.5, 1, 1, 0.5, 0], atol=0.02)
    faded = felt(replace(steady, fade=0.2))
    np.testing.assert_allclose(np.interp([0.4, 0.6], faded.times, faded.weights[:, 0]), [0, 1], atol=0.02)


def test_directions_with_them_survive_json_to_the_byte():
    direction = Direction((text('say "cheese": 1@2', 0.5), image("mé.png", 0.1, 1 / 3), Guide("sad")))
    read = Direction.from_json(direction.to_json())
    assert read == direction
    assert read.to_json() == direction.to_json()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: text(" "), "1 to 2,000 characters"),
        (lambda: text("x" * 2001), "not 2,001"),
        (lambda: Guide("a", kind="txet"), "did you mean 'text'"),
        (lambda: Guide("me.png", kind="image"), "was not read"),
        (lambda: image("me.png", float("nan")), "was not read"),
        (lambda: image("me.png", *[0.0] * 5000), "was not read"),
        (lambda: image("a/me.png"), "leave its folder out"),
        (lambda: image("a\\me.png"), "leave its folder out"),
        (lambda: Guide("happy", features=(1.0,)), "only images have"),
        (lambda: felt(text("late", start=99.0)), "recording is only"),
    ],
)
def test_what_cannot_be_meant_is_refused(make, says):
    with pytest.raises(DirectionError, match=says):
        make()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("furious, teeth clenched", {"rage", "angry"}),
        ("a big happy smile", {"happy", "overjoyed", "pleased", "laughing"}),
        ("about to cry, lips trembling", {"tearful", "sad", "grief", "upset"}),
        ("frightened out of her wits", {"terror", "fear"}),
        ("revolted", {"disgust", "appalled"}),
        ("drunk", {"drunk"}),
    ],
)
def test_a_text_means_presets(said, wanted):
    mixture = meant(said)
    assert max(mixture, key=mixture.__getitem__) in wanted, mixture
    assert sum(mixture.values()) == pytest.approx(1, abs=1e-3)
    assert 1 <= len(mixture) <= 3


def test_names_of_presets_mean_themselves():
    found = [max(meant(label), key=meant(label).__getitem__) == label for label in emotions()]
    assert np.mean(found) > 0.9


@pytest.mark.parametrize("label", ["happy", "surprise", "disgust", "sad", "fear"])
def test_a_picture_of_a_preset_is_that_preset_as_strong_as_it_is_shown(label):
    face = prototype(label)
    for strength in (0.4, 1.0):
        found = shown(image("me.png", *(strength * face.get(name, 0.0) for name in APPLE_52)))
        assert found[label] == pytest.approx(strength, abs=0.05)
        assert sum(found.values()) <= 1.001
    assert shown(image("me.png", *[0.0] * 52)) == {"neutral": 1.0}
    with pytest.raises(DirectionError, match="read by landmarks"):
        shown(image("me.png", 0.3))


def test_rules_perform_a_text_and_a_picture_as_presets():
    speech = line(repeat=2)
    smile = prototype("happy")
    guides = (text("overjoyed", 0.4, start=2.0), image("me.png", *(smile.get(name, 0.0) for name in APPLE_52), end=1.5), Guide("sad", 0.2))
    direction = Direction(guides, seed=3)
    track = feel(speech, direction)
    plain = in_presets(track)
    assert not plain.references
    assert {*plain.labels} <= {*emotions()}
    np.testing.assert_allclose(plain.weights.sum(axis=1), track.weights.sum(axis=1), atol=0.01)
    motion = RULES.perform(speech, track, direction)
    assert motion.values.tobytes() == RULES.perform(speech, plain, direction).values.tobytes()
    still = RULES.perform(speech, feel(speech, Direction(seed=3)), Direction(seed=3))
    assert motion["mouthSmileLeft"].mean() > still["mouthSmileLeft"].mean() + 0.1
    assert in_presets(plain) is plain
