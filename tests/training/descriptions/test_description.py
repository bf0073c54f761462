"""Descriptions: many, free of contradictions, what they say is what they mean, and held-out words stay out of training."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.emotion.presets import emotion, emotions
from backend.errors import InputError
from backend.generators.procedural.tables import action_units
from backend.training.descriptions import REGISTERS, SPLITS, description, paraphrase
from backend.training.descriptions.grammar import concepts, idioms, words
from backend.training.descriptions.units import explained, sided

MANY = [description(seed) for seed in range(6000)]
HELD = [description(seed, "held") for seed in range(1500)]


def tokens(text):
    return set(re.findall(r"[a-z][a-z'-]*", re.sub(r"{\w+}", " ", text.lower())))


def test_most_draws_are_new():
    assert len({found.text for found in MANY}) >= 5000
    assert len({found.text for found in HELD}) >= 1200


@given(seed=st.integers(0, 2**40), split=st.sampled_from(SPLITS), typos=st.sampled_from([0.0, 0.3]))
@settings(max_examples=200, deadline=None)
def test_equal_seeds_give_equal_descriptions_that_are_well_formed(seed, split, typos):
    found = description(seed, split, typos)
    assert found == description(seed, split, typos)
    assert not re.search(r"[{}@]|\s\s|,,|\s[,.]|^\W", found.text), found.text
    assert found.text.isascii() and 3 <= len(found.text) < 260
    assert sum(found.emotions.values()) == pytest.approx(1, abs=0.01)
    assert set(found.emotions) <= set(emotions())
    assert 0 < found.intensity <= 1
    assert set(found.units) <= set(action_units())
    assert all(0 < value <= 1 for value in found.units.values())
    assert found.register in REGISTERS and found.split == split


OPPOSED = [
    ("AU5", "AU43"),
    ("AU12", "AU15"),
    ("AU24", "AU25"),
    ("AU24", "AU26"),
    ("AU24", "AU27"),
    ("AU28", "AU26"),
    ("AU18", "AU20"),
    ("AU34", "AU27"),
]


@pytest.mark.parametrize("found", [MANY, HELD], ids=SPLITS)
def test_nothing_contradicts_itself(found):
    for one in found:
        stated, shown = sided(one.stated), sided(one.units)
        for a, b in OPPOSED:
            for side in "LR":
                assert not (stated.get(a + side) and stated.get(b + side)), one.text
                # What is said wins against what the emotion alone would show.
                assert not (stated.get(a + side) and shown.get(b + side)), one.text
                assert not (stated.get(b + side) and shown.get(a + side)), one.text
        assert not {f"{unit}{side}" for unit in one.denied for side in "LR"} & set(shown), one.text
        assert all(shown[unit] == pytest.approx(value, abs=1e-3) for unit, value in stated.items()), one.text


def test_words_that_exclude_each_other_are_not_said_together():
    for one in [*MANY, *HELD]:
        text = one.text.lower()
        assert not (re.search(r"(eyes|eye) (wide|round)|wide-eyed|widen(s|ed) (her|his|eyes)|wide eyes", text) and "AU43" in one.units), (
            text
        )
        assert not (re.search(r"eyes (closed|shut)|heavy lids|lids heavy", text) and "AU5" in one.units), text
        assert not (re.search(r"lips (pressed|tightly pressed)", text) and re.search(r"(mouth|jaw) (open|dropped|hanging)", text)), text
        if re.search(r"no smile|not smiling|without a smile|does not smile", text):
            assert not {"AU12", "AU12L", "AU12R"} & set(one.units), text


def test_every_action_unit_is_spoken_of_and_every_emotion_named():
    whole = {unit for unit in action_units() if unit[-1] not in "LR"}
    for found in (MANY, HELD):
        assert {unit.rstrip("LR") for one in found for unit in one.stated} == whole
        assert {label for one in found for label in one.emotions} == set(emotions())
    denied = {unit for one in MANY for unit in one.denied}
    assert {"AU4", "AU5", "AU12", "AU26"} <= denied


def test_registers_measures_and_timing_vary():
    assert min(Counter(one.register for one in MANY).values()) > 900
    assert 0.15 < np.mean([bool(one.timing) for one in MANY]) < 0.35
    assert np.mean([len(one.emotions) > 1 for one in MANY]) > 0.1
    assert np.ptp(np.percentile([one.intensity for one in MANY], [5, 95])) > 0.5


# What a reader takes a few phrases to mean: its own table, written apart from the data.
READER = {
    r"(brows|brow|eyebrows) (?:(?P<how>[a-z ]+?) )?(lowered|pulled down)\b": {"AU4": 0.85},
    r"both eyebrows (?:(?P<how>[a-z ]+?) )?raised": {"AU1": 0.8, "AU2": 0.85},
    r"(?<!really, )one (brow|eyebrow) (?:(?P<how>[a-z ]+?) )?(raised|up)\b(?! in)": {"AU2L": 0.95},
    r"right (brow|eyebrow) (?:(?P<how>[a-z ]+?) )?(raised|up)\b": {"AU2R": 0.95},
    r"eyes wide open": {"AU5": 0.9},
    r"eyes (?:(?P<how>(?!not)[a-z ]+?) )?narrowed": {"AU7": 0.9},
    r"\b(both eyes shut|eyes closed|shuts (his|her) eyes)": {"AU43": 1.0},
    r"heavy-lidded|lids half down": {"AU43": 0.5},
    r"cheeks (?:(?P<how>[a-z ]+?) )?puffed out": {"AU34": 0.9},
    r"cheeks (?:(?P<how>[a-z ]+?) )?raised": {"AU6": 0.85},
    r"nose (?:(?P<how>(?!not)[a-z ]+?) )?(wrinkled|crinkled)": {"AU9": 0.9},
    r"upper lip (?:(?P<how>[a-z ]+?) )?(raised|lifted)(?! on)": {"AU10": 0.85},
    r"lips (?:(?P<how>[a-z ]+?) )?pressed": {"AU24": 0.85},
    r"lips (?:(?P<how>[a-z ]+?) )?(sucked in|rolled inwards)": {"AU28": 0.9},
    r"lips (?:(?P<how>[a-z ]+?) )?(pursed|puckered)": {"AU18": 0.85},
    r"lips (?:(?P<how>[a-z ]+?) )?funnelled": {"AU22": 0.85},
    r"lips (?:(?P<how>(?!not)[a-z ]+?) )?parted": {"AU25": 0.75},
    r"lower lip (?:(?P<how>[a-z ]+?) )?pulled down": {"AU16": 0.85},
    r"lips (?:(?P<how>[a-z ]+?) )?stretched sideways": {"AU20": 0.85},
    r"lips (?:(?P<how>[a-z ]+?) )?tightened": {"AU23": 0.85},
    r"corners of the mouth (?:(?P<how>[a-z ]+?) )?down\b": {"AU15": 0.85},
    r"(?<!left )corners of the mouth (?:(?P<how>[a-z ]+?) )?up\b": {"AU12": 0.9},
    r"corners of the mouth (?:(?P<how>[a-z ]+?) )?tucked in": {"AU14": 0.85},
    r"jaw (?:(?P<how>[a-z ]+?) )?(thrust forward|pushed out)": {"AU29": 0.9},
    r"lower lip (?:(?P<how>[a-z ]+?) )?pushed up": {"AU17": 0.85},
    r"jaw (?:(?P<how>[a-z ]+?) )?dropped": {"AU26": 0.85},
    r"mouth stretched wide open": {"AU27": 0.9},
}
MEASURES = {
    **dict.fromkeys(["barely", "faintly", "ever so slightly", "just"], 0.35),
    **dict.fromkeys(["slightly", "a little", "somewhat", "a bit"], 0.6),
    **dict.fromkeys(["strongly", "markedly", "intensely", "really"], 1.2),
    None: 1.0,
}


def test_what_is_said_is_what_is_meant():
    """A reader with a table of its own finds the stated units and their measure again."""
    read = Counter()
    for one in MANY:
        for pattern, units in READER.items():
            for match in re.finditer(pattern, one.text.lower()):
                how = match.groupdict().get("how")
                if how not in MEASURES:
                    continue
                for unit, height in units.items():
                    for name, value in sided({unit: height}).items():
                        assert sided(one.stated)[name] == pytest.approx(min(value * MEASURES[how], 1), abs=1e-3), (one.text, unit)
                read[pattern] += 1
    assert set(read) == set(READER)
    assert sum(read.values()) > 1000


NAMED = [
    ("happy", "merry"), ("sad", "melancholy"), ("rage", "berserk"), ("tired", "weary"), ("skeptical", "incredulous"), ("manic", "unhinged"),
]  # fmt: skip


def test_named_feelings_are_the_emotions_meant():
    seen = 0
    for one in MANY:
        for label, word in NAMED:
            if re.search(rf"\b{word}\b", one.text.lower()) and "half-smile" not in one.text:
                assert one.emotions[label] > 0
                seen += 1
    assert seen > 50
    shown = next(one for one in MANY if one.emotions == {"angry": 1.0} and not one.stated and not one.denied and one.intensity > 0.6)
    assert shown.units["AU4"] == pytest.approx(shown.intensity * emotion("angry").units["AU4"], abs=1e-3)


def test_degrees_order_intensity():
    means = {}
    alone = [one for one in MANY if len(one.emotions) == 1 and not one.stated]
    for name, found in {"faint": r"\b(a hint of|barely|faintly) ", "strong": r"\b(very|utterly|extremely|overwhelming) "}.items():
        means[name] = np.mean([one.intensity for one in alone if re.match(found, one.text.lower())])
    assert means["strong"] > means["faint"] + 0.4


# ----------------------------------------------------------------------------------------------------------------------- the split


def wordings(split):
    """Every wording of a split: phrases by family, words by emotion."""
    found = {}
    for concept in (*concepts().values(), *idioms().values()):
        for family in concept.of(split):
            found[family.name] = (family, [text for texts in family.forms.values() for text in texts])
    return found


def test_held_out_words_are_nowhere_in_training():
    trained = set().union(*(tokens(text) for _, texts in wordings("train").values() for text in texts))
    for each in words().values():
        trained |= set().union(*(tokens(word.text) for kind in ("adjectives", "nouns") for word in each.words[kind, "train"]))
    spoken = set().union(*(tokens(one.text) for one in MANY))
    for family, texts in wordings("held").values():
        marks = {mark.lower() for mark in family.marks}
        assert not marks & trained and not marks & spoken, family.name
        assert all(tokens(text) & marks for text in texts), family.name
    for label, each in words().items():
        for kind in ("adjectives", "nouns"):
            for word in each.words[kind, "held"]:
                assert tokens(word.text) - trained, (label, word.text)
    assert not set(wordings("train")) & set(wordings("held"))
    assert not {one.text for one in MANY} & {one.text for one in HELD}
    assert {name for one in MANY for name in one.families} <= set(wordings("train"))
    assert {name for one in HELD for name in one.families} <= set(wordings("held"))


def test_every_held_out_text_has_a_word_unseen_in_training():
    spoken = set().union(*(tokens(one.text) for one in MANY))
    assert all(tokens(one.text) - spoken for one in HELD)


# ------------------------------------------------------------------------------------------------------------------ typos, misuse


def test_typos_change_letters_and_nothing_else():
    clean, slipped = ([paraphrase(one.meaning, seed, typos=share).text for seed, one in enumerate(MANY[:300])] for share in (0.0, 0.5))
    assert np.mean([a != b for a, b in zip(clean, slipped, strict=True)]) > 0.6
    for a, b in zip(clean, slipped, strict=True):
        assert len(a.split()) == len(b.split()) and abs(len(a) - len(b)) <= len(a.split())
        assert all(x[0] == y[0] for x, y in zip(a.split(), b.split(), strict=True))


def test_units_are_explained_by_the_emotion_they_come_from():
    for label in sorted(set(emotions()) - {"neutral"}):
        assert explained(emotion(label).units)[label] > 0.99
    assert explained({}) == {"neutral": 1.0}
    assert max(explained({"AU2L": 0.9}), key=explained({"AU2L": 0.9}).get) == "skeptical"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"split": "test"}, "unknown split"), ({"typos": 1.5}, "out of range"), ({"register": "novell"}, "did you mean 'novel'")],
)
def test_what_cannot_be_meant_is_told(options, message):
    with pytest.raises(InputError, match=message):
        description(1, **options)
