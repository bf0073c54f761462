"""What is heard, as the command tells, writes and draws it."""

import io
import json
import subprocess
import sys
from dataclasses import fields, replace
from itertools import combinations, pairwise

import numpy as np
import parselmouth
import pytest
import soundfile
from PIL import Image

from backend.cli import speech_plot
from backend.cli.listen import _plain, _rows
from backend.errors import AudioError, DirectionError, InputError, TextGridError
from backend.speech.inventory import PHONES, SILENCE, VISEME
from backend.speech.listen import listen
from backend.speech.prosody.accents import accents
from backend.speech.prosody.affect import affect
from backend.speech.prosody.rhythm import speaking_rate
from backend.speech.speech import SAMPLE_RATE, Phone, Prosody, Word
from backend.speech.textgrid import read, write
from backend.take import Take
from tests.cli.running import mien
from tests.conftest import ROOT
from tests.lines import heard, line

LINE, SCRIPT = ROOT / "samples" / "line.flac", ROOT / "samples" / "line.txt"


def test_json_has_words_phones_and_frames():
    told = json.loads(mien("listen", LINE, "--script-file", SCRIPT, "--json"))
    speech = listen(LINE, SCRIPT.read_text("utf-8"))
    assert (told["audio"], told["duration"], told["ear"], told["notes"]) == ("line.flac", 5.0, speech.ear, list(speech.notes))
    assert [word["text"] for word in told["words"]][:3] == ["you", "came", "back"]
    assert all(set(word) == {"text", "start", "end", "confidence"} for word in told["words"])
    phones = told["phones"]
    assert all({"phone", "viseme", "start", "end", "confidence", "stress"} == set(phone) for phone in phones)
    assert all(phone["phone"] in PHONES and VISEME[phone["phone"]] == phone["viseme"] for phone in phones)
    assert [phones[0]["start"], phones[-1]["end"]] == [0, 5]
    assert all(one["end"] == other["start"] for one, other in pairwise(phones))
    assert all(0 <= phone["confidence"] <= 1 for phone in phones)
    assert told["frames"]["rate"] == 100
    for field in fields(Prosody):
        curve = np.asarray(getattr(speech.prosody, field.name))
        assert np.allclose(told["frames"][field.name], curve, atol=1e-4, rtol=1e-6)


def test_what_is_read_from_the_frames_is_in_json():
    speech = line()
    plain = _plain("x.wav", speech)
    assert np.allclose(plain["frames"]["affect"]["arousal"], affect(speech).arousal, atol=1e-4)
    assert np.allclose(plain["frames"]["speaking_rate"], speaking_rate(speech), atol=1e-4)
    assert [accent["time"] for accent in plain["accents"]] == [round(accent.time, 4) for accent in accents(speech)]
    assert plain["breaths"] == []
    assert json.loads(json.dumps(plain)) == plain


def test_people_get_a_table():
    told = mien("listen", LINE, "--script-file", SCRIPT)
    came = next(row for row in told.splitlines() if " came " in row)
    assert came.split()[3:] == ["came", "k", "eɪ", "m", "kk", "E", "PP"]
    assert "line.flac, 5.00 s" in told


def test_every_phone_stands_in_one_row():
    speech = replace(line(), words=(Word("mama", 0.5, 0.9), Word("b", 0.95, 1.2)))
    rows = _rows(speech)
    assert [phone for _, phones in rows for phone in phones] == list(speech.phones)
    for word, phones in rows:
        if word:
            assert all(word.start <= (phone.start + phone.end) / 2 < word.end for phone in phones)
        else:
            assert len({phone.symbol == SILENCE for phone in phones}) == 1
    assert [word.text for word, _ in rows if word] == ["mama", "b"]
    assert [word for word, _ in rows].count(None) >= 3


def test_a_textgrid_goes_out_is_corrected_and_comes_back(tmp_path):
    out, fixed = tmp_path / "line.TextGrid", tmp_path / "fixed.TextGrid"
    told = json.loads(mien("listen", LINE, "--script-file", SCRIPT, "-o", out, "--json"))
    assert told["outputs"] == [str(out)]
    assert parselmouth.read(str(out)).xmax == 5.0
    words, phones = read(out)
    assert [[p.symbol, round(p.start, 4), round(p.end, 4)] for p in phones] == [[p["phone"], p["start"], p["end"]] for p in told["phones"]]
    second = next(i for i, phone in enumerate(phones) if phone.symbol == "k")
    moved = [*phones[:second], replace(phones[second], symbol="b"), *phones[second + 1 :]]
    fixed.write_text(write([replace(words[0], text="they"), *words[1:]], moved, 5.0), "utf-8")
    again = json.loads(mien("listen", LINE, "--textgrid", fixed, "--json"))
    assert again["ear"] == "textgrid"
    assert again["words"][0]["text"] == "they"
    assert [p["phone"] for p in again["phones"]] == [phone.symbol for phone in moved]
    mien("generate", LINE, "--textgrid", fixed, "-o", tmp_path / "x.take")
    take = Take.read(tmp_path / "x.take")
    assert take.ear == "textgrid"
    assert list(take.phones) == moved
    assert take.words[0].text == "they"


BAD = {
    "no audio": (["nowhere.wav"], AudioError, "no recording at nowhere.wav"),
    "no grid": ([LINE, "--textgrid", "nowhere.TextGrid"], TextGridError, "cannot read the TextGrid nowhere.TextGrid"),
    "no TextGrid": ([LINE, "--textgrid", SCRIPT], TextGridError, "is no TextGrid"),
    "both": ([LINE, "--textgrid", "x.TextGrid", "--script", "you"], DirectionError, "not both"),
    "suffix": ([LINE, "-o", "x.json"], DirectionError, "a name that ends in .TextGrid"),
    "picture": ([LINE, "--plot", "x.jpg"], DirectionError, "a name that ends in .png"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_in_one_line(name):
    words, kind, message = BAD[name]
    with pytest.raises(kind, match=message) as raised:
        mien("listen", *words)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("command", ["listen", "generate"])
def test_the_grid_of_another_recording_is_refused(tmp_path, command):
    grid = tmp_path / "other.TextGrid"
    grid.write_text(write((), (Phone("m", 0.0, 4.0),), 4.0), "utf-8")
    with pytest.raises(TextGridError, match=r"4.00 s long and the recording 5.00 s"):
        mien(command, LINE, "--textgrid", grid, *(["-o", tmp_path / "x.take"] if command == "generate" else []))
    assert [path.name for path in tmp_path.iterdir()] == ["other.TextGrid"]


def test_what_is_read_is_never_written_over(tmp_path):
    grid = tmp_path / "mine.TextGrid"
    grid.write_text(write((), (Phone("m", 0.0, 5.0),), 5.0), "utf-8")
    before = grid.read_bytes()
    with pytest.raises(InputError, match="would be written over"):
        mien("listen", LINE, "--textgrid", grid, "-o", grid)
    assert grid.read_bytes() == before


def picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def test_the_plot_is_a_picture_of_the_line(tmp_path):
    mien("listen", LINE, "--script-file", SCRIPT, "--plot", tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes() == speech_plot.draw(listen(LINE, SCRIPT.read_text("utf-8")), "line.flac")
    assert picture((tmp_path / "x.png").read_bytes()).shape[1] >= 900


def spoken(seconds: float) -> "speech_plot.Speech":
    """Twelve phones a second, as in quick speech, with a word for every four."""
    phones = [Phone(PHONES[1 + i * 7 % (len(PHONES) - 1)], i / 12, (i + 1) / 12, confidence=0.9) for i in range(round(seconds * 12))]
    words = [Word("wording", i / 3, (i + 1) / 3, 0.1 if i == 2 else 0.9) for i in range(int(seconds * 3))]
    speech = replace(heard(phones), words=tuple(words))
    return replace(speech, samples=np.sin(np.arange(len(speech.samples)) / 9).astype(np.float32))


@pytest.mark.parametrize("seconds", [1, 10, 25])
def test_labels_do_not_overlap(seconds):
    speech = spoken(seconds)
    figure = speech_plot.page(speech, "some line.wav")
    figure.canvas.draw()
    for axes in figure.axes:
        labels = [text for text in axes.texts if text.get_text()]
        boxes = [text.get_window_extent() for text in labels]
        for (one, a), (other, b) in combinations(zip(labels, boxes, strict=True), 2):
            apart = a.x1 <= b.x0 + 0.5 or b.x1 <= a.x0 + 0.5 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
            assert apart, (one.get_text(), other.get_text())
    shown = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert shown == {"wording", *(phone.symbol for phone in speech.phones), *(phone.viseme for phone in speech.phones)}
    edges = [axes.get_legend().get_window_extent().x1 for axes in figure.axes if axes.get_legend()]
    assert edges
    assert max(edges) <= figure.bbox.x1


def test_each_thing_drawn_shows():
    whole = spoken(3)
    shown = picture(speech_plot.draw(whole, "x"))
    for changes in (
        {"samples": 0 * whole.samples + 1},
        {"words": tuple(replace(word, confidence=0.9) for word in whole.words)},
        {"words": ()},
        {"phones": (Phone(SILENCE, 0.0, 3.0),)},
        {"prosody": replace(whole.prosody, pitch=0 * whole.prosody.pitch)},
        {"prosody": replace(whole.prosody, loudness=0 * whole.prosody.loudness - 90)},
    ):
        other = picture(speech_plot.draw(replace(whole, **changes), "x"))
        assert other.shape == shown.shape
        assert (np.abs(other - shown).sum(axis=2) > 60).sum() > 300, changes.keys()
    noted = picture(speech_plot.draw(replace(whole, notes=("something was noticed",)), "x"))
    assert noted.shape[0] > shown.shape[0]


def test_affect_accents_and_breath_have_a_row():
    figure = speech_plot.page(spoken(3), "x")
    shown = {text.get_text() for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()}
    assert shown >= {"arousal", "accents", "breath"}


def test_long_recordings_have_lines_and_longer_ones_are_refused():
    ten, twenty = (picture(speech_plot.draw(spoken(seconds), "x")) for seconds in (10, 20))
    assert ten.shape[1] == twenty.shape[1] < 2400
    assert twenty.shape[0] > 1.7 * ten.shape[0]
    with pytest.raises(DirectionError, match=r"5.1 minutes long, and a plot shows at most 5"):
        speech_plot.draw(spoken(306), "x.wav")


@pytest.mark.parametrize("text", ["台詞", "कहानी", "a\x00b", r"$\frac$", ""])
def test_words_in_any_script_are_no_reason_to_fail(text):
    speech = replace(spoken(1), words=(Word(text, 0.1, 0.9),), notes=(f"the word {text}",))
    assert picture(speech_plot.draw(speech, f"{text}.wav")).shape[2] == 3


def test_silence_and_a_moment_of_sound(tmp_path):
    for name, count in {"silence": SAMPLE_RATE, "moment": 1700}.items():
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, np.zeros(count), SAMPLE_RATE)
        told = json.loads(mien("listen", path, "--plot", tmp_path / "x.png", "-o", tmp_path / f"{name}.TextGrid", "--json"))
        assert [phone["phone"] for phone in told["phones"]] == ["sil"]
        assert read(tmp_path / f"{name}.TextGrid")[1][-1].end == count / SAMPLE_RATE


def test_help_loads_nothing_heavy():
    script = "import sys; import backend.cli.main; print({'torch', 'numpy', 'parselmouth', 'matplotlib'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert loaded.strip() == "set()"
