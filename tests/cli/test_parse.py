import pytest

from backend.cli.parse import parse_guide, parse_intensity, parse_setting
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
