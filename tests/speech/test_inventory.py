import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.inventory import ARPABET, CLOSURES, DIPHTHONGS, PHONES, SILENCE, VISEME, VISEMES, VOWELS, from_arpabet, nearest
from tests.conftest import ROOT

OCULUS = "sil PP FF TH DD kk CH SS nn RR aa E ih oh ou"
CMUDICT = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"


def test_every_phone_has_one_of_the_fifteen_visemes():
    assert [*VISEMES] == OCULUS.split()
    assert {*VISEME.values()} == {*VISEMES}
    assert [*PHONES] == [*VISEME]
    assert len({*PHONES}) == len(PHONES)
    assert PHONES[0] == SILENCE


def test_the_page_lists_them():
    page = (ROOT / "docs" / "formats" / "textgrid.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^,|]+?)(?:,[^|]*)? \|$", page, re.MULTILINE)
    assert {phone: viseme for viseme, phones in rows for phone in phones.split()} == VISEME


def test_kinds_of_phones_are_phones():
    assert {*PHONES} >= VOWELS > DIPHTHONGS
    assert {phone for phone in PHONES if VISEME[phone] == "PP"} == CLOSURES
    assert all(VISEME[vowel] in ("aa", "E", "ih", "oh", "ou", "RR") for vowel in VOWELS)


@pytest.mark.parametrize("phone", PHONES)
def test_a_phone_is_its_own_nearest(phone):
    assert nearest(phone) == phone
    assert unicodedata.is_normalized("NFC", phone)


def test_cmudict_is_covered():
    symbols = CMUDICT.split()
    assert len(symbols) == 39
    assert {*symbols} <= {*ARPABET}
    assert {*ARPABET.values()} <= {*PHONES}
    for symbol in symbols:
        assert from_arpabet(symbol) == from_arpabet(f"{symbol}1") == from_arpabet(f"{symbol}2") == ARPABET[symbol]
    assert (from_arpabet("AH0"), from_arpabet("AH1"), from_arpabet("ER0")) == ("ə", "ʌ", "ɝ")
    with pytest.raises(KeyError):
        from_arpabet("QQ")


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        *[("ˈɑː", "ɑ"), ("t͡ʃ", "tʃ"), ("t͜s", "ts"), ("dʲ", "d"), ("kʰ", "k"), ("ã", "a"), ("ɛ̃ː", "ɛ"), ("n̩", "n"), ("ɫ̩", "l"), ("t̪", "t")],
        *[("g", "ɡ"), ("ç", "ç"), ("aː˞", "ɝ"), ("ɚ", "ɝ"), ("ʀ", "ʁ"), ("ɾ", "r"), ("ɕ", "ʃ"), ("tɕʰ", "tʃ"), ("œ̃", "ø")],
        *[("əʊ", "oʊ"), ("β", "v"), ("ɸ", "f"), ("ɯ", "ɨ"), ("ɰ", "w"), ("ʔ", None), ("", None), ("ǃ", None), ("word", None)],
    ],
)
def test_decorated_ipa_stands_with_its_nearest_phone(written, phone):
    assert nearest(written) == phone
    assert nearest(unicodedata.normalize("NFD", written)) == phone


marks = st.sampled_from([*PHONES, *"ːˈˌʰʲʷ͡˞ʔ", "\u0303", "\u0329", "\u0327", "\u032a"])


@given(st.text() | st.lists(marks, max_size=5).map("".join))
def test_nearest_is_a_phone_or_nothing_and_stays_so(written):
    phone = nearest(written)
    assert phone is None or (phone in PHONES and nearest(phone) == phone)
