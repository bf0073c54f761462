import json
from collections import Counter

import pytest

from backend.errors import InputError
from backend.motion import Channel, Rig, Side, Unit
from backend.motion.arkit import APPLE_52, ARKIT

# Apple's own list, by family, from the documentation of ARFaceAnchor.BlendShapeLocation.
APPLE = {
    "eye": 14,
    "jaw": 4,
    "mouth": 23,
    "brow": 5,
    "cheek": 3,
    "nose": 2,
    "tongue": 1,
}


def test_the_52_by_family():
    families = Counter(next(f for f in APPLE if name.startswith(f)) for name in APPLE_52)
    assert families == APPLE
    assert len(APPLE_52) == 52


def test_order_is_that_of_live_link_face(shared_data):
    order = json.loads((shared_data.parent / "facts" / "arkit_blendshape_orders.json").read_text())["LiveLinkFace_52"]
    assert [name[0].upper() + name[1:] for name in APPLE_52] == order


def test_regions_partition_the_channels():
    members = [name for region in ARKIT.regions for name in ARKIT.in_region(region)]
    assert sorted(members) == sorted(ARKIT.names)
    assert len(members) == len(ARKIT)


def test_units_partition_the_channels():
    assert len(ARKIT.in_unit(Unit.WEIGHT)) == 54
    assert len(ARKIT.in_unit(Unit.RADIAN)) == 9
    assert all((c.low, c.high) == (0, 1) for c in ARKIT.channels if c.unit is Unit.WEIGHT)
    assert all(c.low == -c.high for c in ARKIT.channels if c.unit is Unit.RADIAN)


def test_mirroring_exchanges_the_sides_and_nothing_else():
    for channel in ARKIT.channels:
        other = ARKIT[channel.mirror]
        assert other.mirror == channel.name
        assert other.region == channel.region
        assert {channel.side, other.side} in ({Side.CENTRE}, {Side.LEFT, Side.RIGHT})


def test_an_unknown_channel_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean 'jawOpen'"):
        ARKIT.index("jawopn")


def test_a_rig_refuses_twins_and_lost_mirrors():
    with pytest.raises(InputError, match="twice"):
        Rig("r", (Channel("a", "x"), Channel("a", "x")))
    with pytest.raises(InputError, match="no mirror"):
        Rig("r", (Channel("aLeft", "x", mirror="aRight"),))
    with pytest.raises(InputError, match="mirrors back"):
        Rig("r", (Channel("a", "x", mirror="b"), Channel("b", "x")))
