import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cli.parse import parse_guide, parse_image, parse_intensity, parse_setting, parse_settings, parse_text
from backend.emotion.direction import Curve, Guide
from backend.errors import DirectionError


@pytest.mark.parametrize(
    ("text", "guide"),
    [
        ("happy", Guide("happy")),
        ("happy:0.8", Guide("happy", 0.8)),
        ("sad:1@2.0-3.5", Guide("sad", 1.0, 2.0, 3.5)),
        ("sad@2-", Guide("sad", 1.0, 2.0, None)),
        ("sad:.5@-3", Guide("sad", 0.5, None, 3.0)),
        (" out of breath:0.4 ", Guide("out of breath", 0.4)),
    ],
)
def test_guides(text, guide):
    assert parse_guide(text) == guide


@pytest.mark.parametrize(
    "text", ["", ":0.5", "happy:", "happy:loud", "happy:0.5@", "happy@1", "happy:-1", "happy@3-1", "happy:0.5:0.5", "happy:9"]
)
def test_what_is_no_guide(text):
    with pytest.raises(DirectionError):
        parse_guide(text)


def test_intensity_is_a_number_or_a_curve(tmp_path):
    assert parse_intensity("0.7") == Curve((0.0,), (0.7,))
    path = tmp_path / "my curve.csv"
    path.write_text("\ufefftime,value\n0,0.2\n1.5,1\n\n2,0\n", "utf-8")
    assert parse_intensity(str(path)) == Curve((0.0, 1.5, 2.0), (0.2, 1.0, 0.0))
    path.write_text("0,0.2\n1,1\n")
    assert parse_intensity(str(path)) == Curve((0.0, 1.0), (0.2, 1.0))


@pytest.mark.parametrize("content", ["time,value\n", "0\n1\n", "a,b\nc,d\n", "0,1\n0,2\n", "1,1\n0,1\n", "0,nan\n", ""])
def test_what_is_no_curve(tmp_path, content):
    path = tmp_path / "c.csv"
    path.write_text(content)
    with pytest.raises(DirectionError):
        parse_intensity(str(path))


def test_a_missing_curve_and_a_word():
    with pytest.raises(DirectionError, match="no such file"):
        parse_intensity("nowhere.csv")
    with pytest.raises(DirectionError, match="from 0 to 2"):
        parse_intensity("strong")


def test_settings():
    assert parse_setting("head=0.5") == ("head", 0.5)
    for text in ("head", "head=", "head=much"):
        with pytest.raises(DirectionError, match="NAME=NUMBER"):
            parse_setting(text)


SLIPS = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n,\n", "is empty"),
    "names alone": (b"time,value\n", "is empty"),
    "semicolons": (b"0;0.2\n1;1\n", r"line 1 .*not a semicolon, and holds '0;0\.2'"),
    "semicolons under names": (b"time;value\n0;0.2\n", r"line 2 .*not a semicolon"),
    "decimal commas": (b"time;value\n0,5;0,2\n", r"line 2 .*not a semicolon"),
    "tabs": (b"0\t0.2\n1\t1\n", r"line 1 .*not a tab"),
    "words": (b"time,value\n0,1\n1,much\n", r"line 3 .*in numbers with a point, and holds '1,much'"),
    "names in the middle": (b"0,1\ntime,value\n", r"line 2 .*'time,value'"),
    "one column": (b"0\n1\n", "line 1 .*holds '0'"),
    "unsorted": (b"time,value\n\n0,1\n2,1\n1,1\n", "line 5 .* is at 1 s, not after the line before it at 2 s. Sort it by time"),
    "the same time": (b"0,1\n0,2\n", "line 2 .* is at 0 s, not after"),
    "nan value": (b"0,1\n1,nan\n", "line 2 .* holds nan: give a time in seconds and a value from 0 to 2"),
    "nan time": (b"0,1\nnan,1\n", "line 2 .* holds nan as its time"),
    "nan first": (b"nan,1\n", "line 1 .* holds nan as its time"),
    "infinite": (b"0,inf\n", "line 1 .* holds inf"),
    "too strong": (b"0,1\n1,2.5\n", r"line 2 .* holds 2\.5"),
    "negative": (b"0,-1\n", "line 1 .* holds -1"),
    "UTF-16": ("time,value\n0,1\n".encode("utf-16"), "is UTF-16 or no text, already in line 1"),
    "UTF-16 without its mark": ("0,1\n".encode("utf-16-be"), "is UTF-16 or no text"),
    "Latin-1": ("time,value\n0,1\nä,2\n".encode("latin-1"), "line 3 .* is not UTF-8 text"),
    "a very long line": (b"x" * 200_000, "needs a time|is empty"),
    "a very long cell": (b"0,1\n" + b"x" * 200_000, "line 2 .*field larger"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_curve_is_told_with_file_and_line(tmp_path, name):
    content, message = SLIPS[name]
    path = tmp_path / "my curve.csv"
    path.write_bytes(content)
    with pytest.raises(DirectionError, match=message) as refusal:
        parse_intensity(str(path))
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < len(str(path)) + 160


def test_a_curve_that_is_no_file(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")  # would be waited for
    for name in ("folder.csv", "pipe.csv"):
        with pytest.raises(DirectionError, match=r"is no file\. Give a \.csv file"):
            parse_intensity(str(tmp_path / name))
    with pytest.raises(DirectionError, match="file name too long"):
        parse_intensity("a" * 400 + ".csv")


def test_a_setting_is_given_once():
    assert parse_settings(["head=0.5", "mouth=1"]) == {"head": 0.5, "mouth": 1.0}
    with pytest.raises(DirectionError, match=r"'head' is given twice, as 0.5 and 1. Give it once"):
        parse_settings(["head=0.5", "mouth=1", " head =1"])


@pytest.mark.parametrize(
    ("text", "guide"),
    [
        ("furious, teeth clenched", ("furious, teeth clenched", 1.0, None, None)),
        ("furious, teeth clenched:0.8@2.0-3.5", ("furious, teeth clenched", 0.8, 2.0, 3.5)),
        ("happy", ("happy", 1.0, None, None)),
        ("note: she smiles", ("note: she smiles", 1.0, None, None)),
        ("note: she smiles:.5", ("note: she smiles", 0.5, None, None)),
        ("looks @ him", ("looks @ him", 1.0, None, None)),
        ("looks @ him@-3", ("looks @ him", 1.0, None, 3.0)),
        ("a@b:c@2-", ("a@b:c", 1.0, 2.0, None)),
        ("at 5:30:1", ("at 5:30", 1.0, None, None)),
        ("calm@1-2@3-4", ("calm@1-2", 1.0, 3.0, 4.0)),
        ("a:1:0.5", ("a:1", 0.5, None, None)),
        ("smile:@1-2", ("smile:", 1.0, 1.0, 2.0)),
        (" two\nlines :0.2 ", ("two\nlines", 0.2, None, None)),
        ("müde – 少し:2", ("müde – 少し", 2.0, None, None)),
    ],
)
def test_texts_are_read_from_the_end(text, guide):
    value, weight, start, end = guide
    assert parse_text(text) == Guide(value, weight, start, end, kind="text")


@pytest.mark.parametrize("text", ["", "  ", ":0.5", "@1-2", ":0.5@1-2", "at 5:30", "sad@3-1", "x" * 2001])
def test_what_is_no_text(text):
    with pytest.raises(DirectionError):
        parse_text(text)


@given(st.text(min_size=1).filter(str.strip), st.sampled_from([0.0, 0.25, 1.5]), st.sampled_from([(None, None), (1.0, 2.5), (2.0, None)]))
def test_whatever_a_text_holds_comes_back_with_a_weight_and_times_behind_it(text, weight, times):
    start, end = times
    behind = f":{weight:g}" + (f"@{start:g}-{'' if end is None else f'{end:g}'}" if start is not None else "")
    assert parse_text(text + behind) == Guide(text.strip(), weight, start, end, kind="text")


def test_images(tmp_path, monkeypatch):
    assert parse_image("a/b c.png") == (Path("a/b c.png"), 1.0, None, None)
    assert parse_image(r"C:\x\me.png:0.5@1-") == (Path(r"C:\x\me.png"), 0.5, 1.0, None)
    monkeypatch.chdir(tmp_path)
    Path("odd:1").write_bytes(b"")
    assert parse_image("odd:1") == (Path("odd:1"), 1.0, None, None)
    assert parse_image("other:1") == (Path("other"), 1.0, None, None)
    with pytest.raises(DirectionError, match="cannot read the image"):
        parse_image(":1")
