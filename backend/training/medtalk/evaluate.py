"""What is measured of MEDTalk: the paper's four errors, how far content and emotion are apart, and how fast it is."""

import time
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from backend.emotion.direction import Direction, Guide
from backend.emotion.feel import feel
from backend.generators.medtalk.features import NATIVE_RATE
from backend.generators.medtalk.generator import MedTalk
from backend.generators.medtalk.network import Network
from backend.generators.medtalk.stored import Trained
from backend.motion import Motion, resample
from backend.motion.metahuman import METAHUMAN
from backend.training.evaluate_generators import channels
from backend.training.medtalk.data import Listened, Store, Talking, Words, as_heard
from backend.training.metrics import channel_set, columns

METRICS = ("MLE", "MEE", "EIE", "FRD")


def paper_metrics(predicted: Motion, reference: Motion) -> dict[str, float]:
    """MLE, MEE, EIE, FRD (equations 15 to 18) of two motions on the ``metahuman`` rig, over the frames that both have."""
    measured = channels(predicted, reference)
    return {name: measured[name] for name in METRICS}


def measure(
    trained: Trained,
    talks: Iterable[Talking],
    most: int | None = None,
    words: Words | None = None,
    listened: Listened = as_heard,
    seed: int = 0,
) -> dict[str, float]:
    """The four errors over the first ``most`` sentences in all their emotions, and frames per second of all that a take needs.

    Speech counts as heard already; the generator has heard nothing before.
    """
    rows, frames, seconds = list[dict[str, float]](), 0, 0.0
    for talk in islice(talks, most):
        speech, performer = listened(talk), MedTalk(given=trained, words=words)
        for emotion in talk.emotions:
            direction = Direction((Guide(emotion),), generator="medtalk", rig="metahuman", rate=NATIVE_RATE, seed=seed)
            begun = time.monotonic()
            motion = performer.perform(speech, feel(speech, direction), direction)
            seconds, frames = seconds + time.monotonic() - begun, frames + motion.frames
            rows.append(paper_metrics(motion, resample(talk.motion(emotion, METAHUMAN.name), NATIVE_RATE)))
    found = {name: round(float(np.mean([row[name] for row in rows])), 5) for name in METRICS}
    return found | {"frames per second": round(frames / max(seconds, 1e-9))}


def swap(network: Network, store: Store, count: int = 32, seed: int = 0) -> dict[str, float]:
    """The paper's figure 6 as numbers: a sentence with the emotion of another one, beside both, mean absolute errors.

    ``lips kept`` beside what the lips of two sentences usually differ by, ``lips apart``; ``brows taken`` beside ``brows apart``
    likewise: how far the result is from the emotion's giver, and how far the content's giver was.
    """
    from backend.training.medtalk.draws import quads

    drawn = quads(store, np.random.default_rng(seed), count, 48, str(network.codes.device))
    one, other = drawn.motion[:, 0, 0], drawn.motion[:, 1, 1]
    with torch.inference_mode():
        swapped = network.decode(network.emotion_encoder(other), network.content_encoder(one))
    lips, brows = (torch.from_numpy(columns(METAHUMAN, names)) for names in (channel_set(METAHUMAN, "lip"), METAHUMAN.in_region("brow")))

    def off(a: torch.Tensor, b: torch.Tensor, members: torch.Tensor) -> float:
        return round(float((a[..., members] - b[..., members]).abs().mean()), 5)

    return {
        "lips kept": off(swapped, one, lips),
        "lips apart": off(other, one, lips),
        "brows taken": off(swapped, other, brows),
        "brows apart": off(one, other, brows),
    }


def embeddings(network: Network, store: Store, each: int = 40, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32], list[str]]:
    """Mean emotion and content embeddings of ``each`` crops of a second per emotion, ``[N, latent]`` both, and their labels.

    For the paper's figure 5: emotions should lie apart in the first, and not in the second.
    """
    chance, felt, said, labels = np.random.default_rng(seed), list[NDArray[np.float32]](), list[NDArray[np.float32]](), list[str]()
    for emotion in store.emotions:
        clips: Sequence[int] = [i for i, clip in enumerate(store.clips) if emotion in clip.emotions]
        for number in chance.choice(clips, each):
            clip = store.clips[int(number)]
            motion = torch.from_numpy(clip.motion(emotion, int(chance.integers(max(clip.frames - 60, 1))), 60)[0]).to(network.codes.device)
            with torch.inference_mode():
                felt.append(network.emotion_encoder(motion).mean(0).cpu().numpy())
                said.append(network.content_encoder(motion).mean(0).cpu().numpy())
            labels.append(emotion)
    return np.stack(felt), np.stack(said), labels
