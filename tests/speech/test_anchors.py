"""A script shared out among the pieces of its recording."""

from hypothesis import given
from hypothesis import strategies as st

from backend.speech.anchors import MISSING, OTHER, SAME, firsts


def test_each_piece_gets_its_own_words():
    assert firsts(list("abcdef"), [["a", "b"], ["c"], ["d", "e", "f"]]) == [0, 2, 3]


def test_words_misheard_added_and_left_out():
    assert firsts(list("abcdefgh"), [["a", "x", "c"], ["d", "y", "f"], ["g", "a", "h"]]) == [0, 3, 6]
    assert firsts(list("abcdef"), [["a", "b"], [], ["d", "e", "f"]])[::2] in ([0, 2], [0, 3])


def test_a_text_said_over_and_over_stays_in_order():
    verse = ["row", "row", "row", "your", "boat", "gently", "down", "the", "stream"]
    heard = [[w for i, w in enumerate(verse) if i != k % 9] for k in range(30)]  # another word is lost each time
    found = firsts(verse * 30, heard)
    assert all(abs(place - 9 * k) <= 1 for k, place in enumerate(found))


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=7),
    st.lists(st.lists(st.sampled_from("abcx"), max_size=4), min_size=1, max_size=3),
)
def test_no_other_way_to_share_out_scores_higher(script, heard):
    found = firsts(script, heard)
    assert len(found) == len(heard)
    assert found == sorted(found)
    assert found[0] == 0
    bounds = [*found, len(script)]
    shared = sum(score(script[a:b], words) for a, b, words in zip(bounds, bounds[1:], heard, strict=False))
    assert abs(shared - score(script, [word for words in heard for word in words])) < 1e-9


def score(script, heard) -> float:
    """The textbook recurrence, cell by cell."""
    row = [MISSING * j for j in range(len(script) + 1)]
    for word in heard:
        above, row = row, [row[0] + MISSING]
        for j, other in enumerate(script):
            row.append(max(above[j] + (SAME if word == other else OTHER), above[j + 1] + MISSING, row[-1] + MISSING))
    return row[-1]
