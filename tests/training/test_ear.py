"""The ear's recipe in its tiny setting, on tones that stand for phones; the trainer; what recordings do to a voice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from torch import nn

from backend.speech.hearing.posteriors import load, posteriors
from backend.speech.inventory import PHONES
from backend.speech.speech import SAMPLE_RATE
from backend.training.ear import RECIPES, make
from backend.training.speech import augment
from backend.training.speech.shards import Corpus, Crops
from backend.training.trainer import Ahead, Schedule, train

TONES = {"sil": 0, "a": 400, "i": 1000, "s": 3000, "m": 200}  # Hz


def tones(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples and labels of a row of tones, each one phone's own."""
    names, sounds, labels = list(TONES), [], []
    for _ in range(count):
        name, frames = names[int(random.integers(len(names)))], int(random.integers(8, 25))
        at = np.arange(frames * 160) / SAMPLE_RATE
        sounds.append(0.3 * np.sin(2 * np.pi * TONES[name] * at) * (TONES[name] > 0))
        labels.append(np.full(frames, PHONES.index(name), np.uint8))
    noise = 1e-4 * random.standard_normal(sum(map(len, sounds)))
    return ((np.concatenate(sounds) + noise) * 32767).astype(np.int16), np.concatenate(labels)


@pytest.fixture(scope="module")
def speech(tmp_path_factory) -> Path:
    folder, random = tmp_path_factory.mktemp("tones"), np.random.default_rng(0)
    listed = []
    for number in range(3):
        samples, labels = tones(random, 300)
        save_file({"samples": samples, "labels": labels}, folder / f"{number}.safetensors")
        listed.append({"file": f"{number}.safetensors", "seconds": len(labels) / 100})
    (folder / "manifest.json").write_text(json.dumps({"shards": listed}))
    return folder


@pytest.fixture(scope="module")
def trained(speech, tmp_path_factory) -> tuple[Path, dict[str, float]]:
    folder = tmp_path_factory.mktemp("run")
    # Tones played faster would be other tones.
    recipe = replace(RECIPES["tiny"], speeds=(1.0, 1.0), schedule=Schedule(200, 4e-3, rise=10, every=50, average=0.95))
    return folder / "ear.safetensors", make(recipe, speech, folder, folder / "ear.safetensors")


def test_the_recipe_learns(trained):
    assert trained[1]["phone"] > 0.85


def test_what_is_written_is_read_and_tells_the_phones_of_sound_it_never_heard(trained):
    samples, labels = tones(np.random.default_rng(99), 60)
    logs = posteriors(samples.astype(np.float32) / 32768, load(trained[0]))
    assert logs.shape == (len(labels) + 1, len(PHONES))
    assert np.allclose(np.exp(logs).sum(1), 1, atol=1e-3)
    assert np.mean(logs[:-1].argmax(1) == labels) > 0.85


def test_a_training_that_was_cut_off_ends_as_one_that_was_not(tmp_path):
    """Batches, weights, averages and the optimiser's memory all come back."""

    def loss(model: nn.Module, step: int) -> torch.Tensor:
        random = np.random.default_rng(step)
        x = torch.from_numpy(random.normal(size=(8, 4)).astype(np.float32))
        return (model(x) - x.sum(1, keepdim=True)).square().mean()

    def network() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))

    schedule = Schedule(30, 1e-2, rise=5, every=10)
    whole = train(network(), loss, schedule, tmp_path / "whole")

    def cut(model: nn.Module, step: int) -> torch.Tensor:
        if step == 25:
            raise KeyboardInterrupt
        return loss(model, step)

    with pytest.raises(KeyboardInterrupt):
        train(network(), cut, schedule, tmp_path / "cut")
    resumed = train(network(), loss, schedule, tmp_path / "cut")
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True))
    steps = [json.loads(line)["step"] for line in (tmp_path / "cut" / "log.jsonl").read_text().splitlines()]
    assert steps == [10, 20, 30]


def test_the_learning_rate_rises_stays_and_falls():
    schedule = Schedule(100, 1.0, rise=10, cooling=0.2)
    rates = [schedule.at(step) for step in range(100)]
    assert np.all(np.diff(rates[:10]) > 0)
    assert rates[10:80] == [1.0] * 70
    assert np.all(np.diff(rates[80:]) < 0)
    assert 0 < rates[-1] < 0.06


def test_what_is_drawn_ahead_is_what_would_be_drawn():
    asked = Ahead(lambda step: step * step)
    assert [asked(step) for step in (0, 1, 2, 7, 8, 3)] == [0, 1, 4, 49, 64, 9]


def crops(random: np.random.Generator) -> Crops:
    sounds = [tones(random, 40) for _ in range(4)]
    return Crops(
        np.stack([samples[: 200 * 160] / 32768 for samples, _ in sounds]).astype(np.float32),
        np.stack([labels[:200] for _, labels in sounds]).astype(np.int64),
    )


def test_recordings_are_the_same_from_the_same_seed_and_leave_labels_in_place():
    spoken = crops(np.random.default_rng(1))
    first, again = (augment.recorded(spoken, np.random.default_rng(7)) for _ in range(2))
    assert torch.equal(first[0], again[0])
    seen, labels = first
    assert seen.shape == (4, 200, 64)
    assert torch.isfinite(seen).all()
    nobody = [i for i in range(4) if (labels[i] == 0).all()]
    assert all(torch.equal(labels[i], torch.from_numpy(spoken.labels[i])) for i in range(4) if i not in nobody)


@pytest.mark.parametrize("chance", ["room", "noise", "babble", "music", "breath", "swell", "clipping", "telephone", "codec"])
def test_each_disturbance_changes_the_sound_and_keeps_its_time(chance):
    never = augment.Chances(**dict.fromkeys(vars(augment.USUAL), 0.0))
    spoken = crops(np.random.default_rng(2))
    clean, _ = augment.recorded(spoken, np.random.default_rng(3), never)
    changed, labels = augment.recorded(spoken, np.random.default_rng(3), replace(never, **{chance: 1.0}))
    assert not torch.allclose(clean, changed, atol=1e-2)
    assert torch.equal(labels, torch.from_numpy(spoken.labels))
    # The loud band of each frame still rises and falls with the clean one's: nothing has moved in time.
    strength = [seen.amax(-1).flatten().numpy() for seen in (clean, changed)]
    assert np.corrcoef(strength)[0, 1] > 0.3


def test_a_room_keeps_the_direct_sound_where_it_was():
    click = np.zeros(8000, np.float32)
    click[1000] = 1
    for seed in range(5):
        heard = augment.in_room(click, np.random.default_rng(seed))
        assert np.abs(heard[:1000]).max() < 1e-6
        assert heard[1000] == pytest.approx(1, abs=1e-3)


def test_held_out_shards_are_not_taught(speech):
    corpus = Corpus(speech, hold_out=3)
    assert len(corpus.kept) == 1
    assert not {*corpus.kept} & {*corpus.taught}
