"""eSpeak NG: formant synthesis in a hundred languages, whose library tells the start of every phone in IPA."""

import ctypes
from collections.abc import Iterable, Iterator
from ctypes import POINTER, byref
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.training.speech.voices import Said, Voice, program

Symbols = tuple[tuple[str, float], ...]

# Timbres of its own; robots, whispers and those that sing are left out.
VARIANTS = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "Andy", "Annie", "adam", "anika", "aunty", "belinda"),
    *("benjamin", "boris", "caleb", "david", "ed", "edward", "grandma", "grandpa", "iven", "john", "klatt", "klatt2", "klatt4", "linda"),
    *(
        "marcelo",
        "max",
        "michel",
        "miguel",
        "norbert",
        "paul",
        "pedro",
        "quincy",
        "rob",
        "robert",
        "sandro",
        "shelby",
        "steph",
        "victor",
        "zac",
    ),
)
STOPS = frozenset("pbtdkɡgcq")
QUIET, LONGEST = 0.25, 0.09  # of the loudest before it, and seconds: what a closure is taken for
_RETRIEVAL, _PHONES_IN_IPA, _UTF8 = 1, 3, 1
_PHONE, _RATE, _PITCH, _RANGE = 7, 1, 3, 4


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, POINTER(ctypes.c_short), ctypes.c_int, POINTER(_Event))


@cache
def _library() -> tuple[Any, int]:
    program("espeak-ng")
    library = ctypes.CDLL("libespeak-ng.so.1")
    return library, int(library.espeak_Initialize(_RETRIEVAL, 0, None, _PHONES_IN_IPA))


def say(texts: Iterable[str], voice: Voice, random: np.random.Generator) -> Iterator[Said]:
    """Each text in another of its timbres, with its own speed, pitch and liveliness."""
    library, rate = _library()
    pieces: list[np.ndarray[Any, np.dtype[np.int16]]] = []
    starts: list[tuple[str, float]] = []

    def heard(samples: Any, count: int, events: Any) -> int:
        if count > 0:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        number = 0
        while events[number].type:
            if events[number].type == _PHONE:
                starts.append((events[number].id.string.decode("utf-8", "ignore"), events[number].audio_position / 1000))
            number += 1
        return 0

    callback = _Callback(heard)  # kept in a name of its own: the library holds no reference to it
    library.espeak_SetSynthCallback(callback)
    for text in texts:
        pieces.clear()
        starts.clear()
        library.espeak_SetVoiceByName(f"{voice.name}+{random.choice(VARIANTS)}".encode())
        library.espeak_SetParameter(_RATE, int(random.uniform(120, 240)), 0)
        library.espeak_SetParameter(_PITCH, int(random.uniform(25, 75)), 0)
        library.espeak_SetParameter(_RANGE, int(random.uniform(30, 80)), 0)
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, byref(ctypes.c_uint()), None)
        library.espeak_Synchronize()
        if pieces:
            samples = np.concatenate(pieces).astype(np.float32) / 32768
            yield Said(text, samples, rate, _with_closures(_ends(starts, len(samples) / rate), samples, rate))


def _with_closures(symbols: Symbols, samples: NDArray[np.float32], rate: int) -> Symbols:
    """Stops from where they close: the events tell their bursts, and leave the silence before to the sound that precedes it."""
    step, begin, found = rate // 200, 0.0, list[tuple[str, float]]()
    for (name, end), (following, _) in zip(symbols, (*symbols[1:], ("", 0.0)), strict=True):
        if following[:1] in STOPS and name != "sil":
            first, last = round(begin * rate) // step, round(end * rate) // step
            level = np.array([np.abs(samples[i * step : (i + 1) * step]).max(initial=0.0) for i in range(first, last)])
            loud = np.flatnonzero(level > QUIET * level.max(initial=0.0))
            shut = last - first - 1 - int(loud[-1]) if len(loud) else 0
            found.append((name, end - min(shut * step / rate, LONGEST)))
        else:
            found.append((name, end))
        begin = end
    return tuple(found)


def _ends(starts: list[tuple[str, float]], duration: float) -> Symbols:
    """Pauses have an empty name or one of ``_:`` and its kin; so has what comes before the first phone."""
    told = [("sil" if not name.strip("_:;| ") else name, start) for name, start in [("", 0.0), *starts]]
    following = [*(start for _, start in told[1:]), duration]
    return tuple((name, end) for (name, _), end in zip(told, following, strict=True))
