"""``medtalk``: Speech × EmotionTrack × Direction → Motion on the ``metahuman`` rig, in windows, so that memory stays flat."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.emotion.direction import KINDS, Direction, Guide
from backend.emotion.presets import emotion, emotions
from backend.emotion.track import EmotionTrack
from backend.errors import DirectionError
from backend.generators.generator import Setting, resolve
from backend.generators.medtalk.chance import eyes_and_head, line_of, look_and_blink
from backend.generators.medtalk.features import NATIVE_RATE, Array, Heard, hear, word_encoder
from backend.generators.medtalk.meeting import meet, resting, sealed
from backend.generators.medtalk.sizes import sized
from backend.generators.medtalk.stored import WEIGHTS, Trained, load
from backend.generators.procedural.line import Curves, Line
from backend.motion import Motion
from backend.motion.metahuman import METAHUMAN
from backend.motion.rate import frames_to_cover
from backend.nn.windows import Window, windows
from backend.speech.speech import Speech
from backend.threads import one_thread

if TYPE_CHECKING:
    import torch

WINDOW = 1200  # frames that are kept of a window; 20 s
REMEMBERED, LONGEST = 4, 15 * WINDOW  # recordings whose content is kept, and frames beyond which it is not
NEUTRAL = "neutral"
_LOW, _HIGH = (np.array([getattr(channel, end) for channel in METAHUMAN.channels], np.float32) for end in ("low", "high"))

Words = Callable[[list[str]], Array]


@dataclass(frozen=True, eq=False)
class Spoken:
    """What does not change with the emotion: content ``[T, latent]`` and predicted intensity ``[T]`` of a window's kept frames."""

    content: "torch.Tensor"
    intensity: "torch.Tensor"


@dataclass
class MedTalk:
    """The generator. ``device`` is a name of torch's; ``words`` encodes words and texts in place of the sources' encoder."""

    weights: Path = WEIGHTS
    device: str | None = None
    words: Words | None = None
    given: Trained | None = None
    _kept: OrderedDict[str, list[Spoken]] = field(default_factory=OrderedDict)

    name = "medtalk"
    summary = "learned performer: content and emotion apart, intensity from voice and words, on the MetaHuman rig"
    rig = "metahuman"
    settings = (
        Setting("replace", 0.0, 0.0, 1.0, "0: the intensity curve multiplies what is predicted; 1: it takes its place; between: both"),
        Setting("mouth", 1.0, 0.0, 2.0, "how far mouth and jaw move, in words and in feeling", animatable=True),
        Setting("brows", 1.0, 0.0, 2.0, "how far the brows move", animatable=True),
        Setting("seal", 1.0, 0.0, 1.0, "how surely lips meet on p, b and m and rest in pauses; 0 leaves it to the network"),
        Setting("blinks_per_minute", 20.0, 0.0, 60.0, "17 at rest, 26 in conversation (Bentivoglio et al. 1997)"),
        Setting("gaze", 1.0, 0.0, 2.0, "how much the eyes move", animatable=True),
        Setting("head", 1.0, 0.0, 2.0, "how much the head nods and drifts; the eyes make up for it", animatable=True),
    )

    guides = KINDS

    @property
    def pictures(self) -> str:
        return self.trained.sources.image

    @cached_property
    def trained(self) -> Trained:
        return self.given or load(self.weights, self.device)

    def perform(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Motion:
        """Perform on the ``metahuman`` rig at 60 frames per second; beside the motion itself, memory is a window's."""
        return Motion(METAHUMAN, np.concatenate(list(self.stream(speech, track, direction))), NATIVE_RATE)

    def stream(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Iterator[NDArray[np.float32]]:
        """The same motion window by window, ``[frames, 174]`` each, as soon as it is ready."""
        settings = resolve(self.settings, direction.settings)
        line = self._line(speech, track, direction, settings)
        chance = eyes_and_head(line)
        seal = settings["seal"] * sealed(line)
        rest = settings["seal"] * resting(line, self._feeling(track, line.frame_times))
        codes = self.codes(track, direction)
        for window, spoken in self._spoken(speech):
            here = slice(window.first, window.last)
            felt = self._felt(spoken, window, track, codes, settings["replace"])
            values = meet(sized(felt, settings), seal[here], rest[here])
            yield np.clip(look_and_blink(values, chance, here, NATIVE_RATE), _LOW, _HIGH)

    def head(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Curves:
        """Head rotations in radians by frame at 60 per second, by channels of ``arkit``: the 174 controls have none for them."""
        curves = eyes_and_head(self._line(speech, track, direction, resolve(self.settings, direction.settings)))
        return {name: curve for name, curve in curves.items() if name.startswith("head")}

    def codes(self, track: EmotionTrack, direction: Direction) -> Array:
        """The emotion embedding of each of the track's labels, ``[labels, latent]``.

        Those of labels have length one, neutral's zero; those of texts and images at most one: the less, the less is meant or shown.

        A label that was trained has its own; a text or an image guides through its projection; any other label guides through
        its preset's description.

        Raises:
            DirectionError: nobody knows a label, a picture was not read as this generator reads pictures, or the weights were
                trained without guidance and something else than their own labels guides.
        """
        codes = np.stack([self._code(label, track.references.get(label)) for label in track.labels])
        length = np.linalg.norm(codes, axis=1, keepdims=True)
        short = np.array([[1.0 if label in track.references else 1e-6] for label in track.labels], np.float32)
        unit: Array = codes / np.maximum(length, short)
        return unit

    def text_code(self, text: str) -> Array:
        """f^text ``[latent]`` of a description."""
        encode = self.words or word_encoder(self.trained.sources.text, self.device)
        return self._projected(self.trained.network.text_projection, encode([text])[0])

    def image_code(self, features: Array) -> Array:
        """f^image ``[latent]`` of a picture's features ``[image]``."""
        return self._projected(self.trained.network.image_projection, features)

    def forget(self) -> None:
        """Let go of the content that is kept."""
        self._kept.clear()

    def _code(self, label: str, told: Guide | None) -> Array:
        if told is not None and told.kind == "text":
            return self.text_code(told.value)
        if told is not None:
            return self._picture_code(told)
        known = self.trained.network.shape.labels
        name = emotion(label).name if label not in known else label
        return self._label_codes()[known.index(name)] if name in known else self.text_code(emotions()[name].description)

    def _picture_code(self, told: Guide) -> Array:
        wanted = self.trained.network.shape.image
        if len(told.features) != wanted:
            raise DirectionError(
                f"'{told.value}' was read as {len(told.features)} numbers, and this '{self.name}' takes {wanted}: "
                f"read the picture by {self.pictures}."
            )
        return self.image_code(np.array(told.features, np.float32))

    def _label_codes(self) -> Array:
        import torch

        with torch.inference_mode(), one_thread():
            codes: Array = self.trained.network.label_codes().cpu().numpy()
        return codes

    def _projected(self, projection: Any, features: Array) -> Array:
        import torch

        if not self.trained.guided:
            own = ", ".join(self.trained.network.shape.labels)
            raise DirectionError(
                f"the weights of '{self.name}' were trained without guidance: they know the labels {own}, no text and no picture."
            )
        with torch.inference_mode(), one_thread():
            code: Array = projection(self._tensor(features)).cpu().numpy()
        return code

    def _line(self, speech: Speech, track: EmotionTrack, direction: Direction, settings: dict[str, float]) -> Line:
        return line_of(speech, self._bearing(track, direction), NATIVE_RATE, direction.seed, settings)

    def _bearing(self, track: EmotionTrack, direction: Direction) -> EmotionTrack:
        """The track in presets alone, which have a bearing of head and gaze: texts and pictures as the trained labels nearest to them."""
        if not track.references:
            return track
        known = self.trained.network.shape.labels
        unit = self._label_codes()
        unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-6)
        near = np.maximum(self.codes(track, direction) @ unit.T, 0) ** 2
        near /= np.maximum(near.sum(axis=1, keepdims=True), 1e-6)
        names = tuple(dict.fromkeys(label for label in (*track.labels, *known) if label in emotions()))
        shares = np.zeros((len(track.labels), len(names)), np.float32)
        for row, label in enumerate(track.labels):
            for name, share in zip(known, near[row], strict=True) if label in track.references else ((label, 1.0),):
                if name in names:
                    shares[row, names.index(name)] += share
        return EmotionTrack(names, track.weights @ shares, track.intensity, track.rate)

    def _spoken(self, speech: Speech) -> Iterator[tuple[Window, Spoken]]:
        """Every window with what is said in it, from memory where this recording was performed before."""
        frames = frames_to_cover(speech.duration, NATIVE_RATE)
        cut = list(windows(frames, WINDOW, self.trained.network.shape.reach))
        key = _key(speech)
        if key in self._kept:
            self._kept.move_to_end(key)
            yield from zip(cut, self._kept[key], strict=True)
            return
        heard = hear(speech, self.trained.sources, self.words, self.device)
        fresh = list[Spoken]()
        for window in cut:
            spoken = self._listen(heard, window)
            if frames <= LONGEST:
                fresh.append(spoken)
            yield window, spoken
        if frames <= LONGEST:
            self._kept[key] = fresh
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def _listen(self, heard: Heard, window: Window) -> Spoken:
        import torch

        from backend.generators.medtalk.network import NEAR

        network = self.trained.network
        times = np.arange(window.begin, window.end) / float(NATIVE_RATE)
        near = (heard.spans[:, 1] > times[0] - NEAR) & (heard.spans[:, 0] < times[-1] + NEAR)
        words, spans = self._tensor(heard.words[near]), self._tensor(heard.spans[near] - times[0])
        with torch.inference_mode(), one_thread():
            content = network.content_map(self._tensor(heard.content(times))[None])[0]
            affect = self._tensor(heard.affect(times))[None]
            intensity = network.intensity(affect, words[None], self._tensor(times - times[0]), spans[None])[0]
        return Spoken(content[window.kept].clone(), intensity[window.kept].clone())

    @staticmethod
    def _feeling(track: EmotionTrack, times: NDArray[np.float64]) -> NDArray[np.float32]:
        """How much is felt at each time, whatever it is."""
        felt: NDArray[np.float32] = track.at(times)[:, [label != NEUTRAL for label in track.labels]].sum(axis=1)
        return felt

    def _felt(self, spoken: Spoken, window: Window, track: EmotionTrack, codes: Array, replace: float) -> NDArray[np.float32]:
        import torch

        times = np.arange(window.first, window.last) / float(NATIVE_RATE)
        strengths = track.at(times)
        lengths = np.array([float(label != NEUTRAL) for label in track.labels], np.float32)
        told = [label in track.references for label in track.labels]
        lengths[told] = np.linalg.norm(codes[told], axis=1)
        felt = strengths @ lengths
        with torch.inference_mode(), one_thread():
            norm = spoken.intensity * (1 - replace) + replace
            emotional = self.trained.network.feel(self._tensor(strengths @ codes), norm * self._tensor(felt))
            values: NDArray[np.float32] = self.trained.network.decode(emotional, spoken.content).float().cpu().numpy()
        return values

    def _tensor(self, values: NDArray[Any]) -> "torch.Tensor":
        import torch

        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self.trained.network.codes.device)


def _key(speech: Speech) -> str:
    """Changes with whatever content and intensity are made from."""
    return f"{speech.digest} {hash((speech.phones, speech.words))} {len(speech.samples)}"


MEDTALK = MedTalk()
