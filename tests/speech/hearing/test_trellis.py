"""The way through the chains is the best there is, as trying everything finds it."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.hearing.trellis import Chain, Stretch, best_path, best_score

COLUMNS = 4


@st.composite
def chains(draw) -> list[Chain]:
    count = draw(st.integers(1, 5))
    columns = st.lists(st.integers(0, COLUMNS - 1), min_size=1, max_size=3).map(tuple)
    after = st.lists(st.integers(-1, count - 1), max_size=4, unique=True).map(tuple)
    made = [Chain(draw(columns), draw(after), draw(st.floats(0, 2)), draw(st.integers(1, 3))) for _ in range(count)]
    return [Chain(made[0].columns, (*made[0].after, -1), made[0].cost, made[0].least), *made[1:]]


def by_the_book(scores: np.ndarray, among: list[Chain], ends: list[int]) -> float:
    """By the textbook, one state after another."""
    lengths = [len(chain.columns) * chain.least for chain in among]
    value = {(c, k): -np.inf for c, length in enumerate(lengths) for k in range(length)}
    for c, chain in enumerate(among):
        if -1 in chain.after:
            value[c, 0] = scores[0, chain.columns[0]] - chain.cost
    for row in scores[1:]:
        following = {}
        for (c, k), stayed in value.items():
            chain = among[c]
            came = [value[p, lengths[p] - 1] - chain.cost for p in chain.after if p >= 0] if k == 0 else [value[c, k - 1]]
            lasting = [stayed] if k % chain.least == chain.least - 1 else []
            following[c, k] = max([*came, *lasting], default=-np.inf) + row[chain.columns[k // chain.least]]
        value = following
    return max(value[end, lengths[end] - 1] for end in ends)


def worth(path: list[Stretch], scores: np.ndarray, among: list[Chain]) -> float:
    """The score of a way, which is checked to be allowed."""
    assert path[0].first == 0
    assert path[-1].last == len(scores)
    for a, b in pairwise(path):
        assert a.last == b.first
        inside = a.chain == b.chain and b.place == a.place + 1
        assert inside or (b.place == 0 and a.chain in among[b.chain].after and a.place == len(among[a.chain].columns) - 1)
    assert all(step.last - step.first >= among[step.chain].least for step in path)
    entering = sum(among[step.chain].cost for step in path if step.place == 0)
    return sum(float(scores[s.first : s.last, among[s.chain].columns[s.place]].sum()) for s in path) - entering


@given(chains(), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_no_way_is_better(among, frames, seed):
    random = np.random.default_rng(seed)
    scores = random.normal(0, 3, (frames, COLUMNS)).astype(np.float32)
    ends = list(range(0, len(among), 2))
    wanted, found = by_the_book(scores, among, ends), best_path(scores, among, ends)
    if found is None:
        assert wanted == -np.inf
        assert best_score(scores, among, ends) is None
    else:
        path, total = found
        assert np.isclose(total, wanted, atol=1e-3)
        assert best_score(scores, among, ends) == total
        assert path[-1].chain in ends
        assert np.isclose(worth(path, scores, among), wanted, atol=1e-3)


def test_a_long_row_of_chains_is_followed_within_the_beam():
    """Words after words, of which only a stretch is in the running at a time; the true way is known."""
    random = np.random.default_rng(3)
    columns = [tuple(int(c) for c in random.integers(0, 8, 4)) for _ in range(600)]
    among = [Chain(some, (number - 1,), 0.0, 2) for number, some in enumerate(columns)]
    lengths = random.integers(2, 9, (600, 4))
    told = np.concatenate([np.repeat(some, length) for some, length in zip(columns, lengths, strict=True)])
    scores = np.where(np.eye(8, dtype=bool)[told], 0, -4).astype(np.float32)
    found = best_path(scores, among, [599])
    assert found is not None
    assert worth(found[0], scores, among) == found[1] == 0


@given(st.integers(0, 2**32 - 1), st.integers(20, 120))
def test_the_beam_never_makes_up_a_way(seed, frames):
    """Many more chains than the sound can hold, and scores so sharp that the beam is narrow: a way is allowed, or there is none."""
    random = np.random.default_rng(seed)
    among = [Chain(tuple(random.integers(0, COLUMNS, 3).tolist()), (number - 1, number - 2), 0.0, 1) for number in range(60)]
    scores = random.normal(0, 40, (frames, COLUMNS)).astype(np.float32)
    found = best_path(scores, among, [len(among) - 1, len(among) - 2])
    if found is not None:
        assert found[0][-1].chain >= len(among) - 2
        assert np.isclose(worth(found[0], scores, among), found[1], rtol=1e-4)
