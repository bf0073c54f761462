"""How faces differ as a whole, in skull, brow and eyes: dials, each at one standard deviation, in millimetres."""

from backend.face.heads.layout.fields import Dial, Open, Push, Scale, Shift, Swell, Turn, Twist, Widen

_HEAD = (0.0, 0.0, 0.0)

WHOLE = (
    Dial("size", "larger all over", (Scale(_HEAD, (0.02, 0.02, 0.02)),)),
    Dial(
        "masculine",
        "heavier brow and jaw, longer lower face, larger nose, thinner lips, stouter neck",
        (
            Scale(_HEAD, (0.012, 0.016, 0.014)),
            Push((22, 18, 96), (20, 8, 14), (0, -1.2, 2.0)),
            Push((0, -99, 95), (16, 12, 18), (0, -2.2, 1.6)),
            Push((52, -80, 22), (20, 20, 26), (1.9, -1.5, 0)),
            Push((0, -30, 112), (13, 20, 16), (0, -0.6, 1.8)),
            Swell((0, -65.5, 99), (22, 9, 9), (0.02, -0.06, 0)),
            Push((40, -130, -10), (22, 34, 40), (3.0, 0, 0)),
            Push((0, -122, 30), (12, 14, 20), (0, 0, 1.6)),
            Push((34, 9, 86), (16, 6, 10), (0, -0.8, 0.3)),
        ),
    ),
    Dial(
        "weight",
        "fuller cheeks, jowls, chin and neck; negative is gaunt",
        (
            Push((50, -52, 62), (17, 20, 22), (3.2, 0, 2.2)),
            Push((56, -75, 25), (16, 18, 26), (1.9, -0.8, 0)),
            Push((0, -114, 58), (26, 12, 26), (0, -3.6, 1.2)),
            Push((36, -128, 0), (28, 30, 40), (3.4, 0, 0)),
            Push((0, -126, 24), (20, 16, 16), (0, 0, 3.2)),
            Push((60, 0, 40), (14, 26, 26), (1.2, 0, 0)),
            Push((0, -98, 94), (20, 12, 16), (0, 0, 1.0)),
        ),
    ),
    Dial(
        "age",
        "what sinks and thins from twenty-five to sixty: jowls, lips, nose, lids, ears",
        (
            Push((44, -88, 54), (12, 11, 17), (1.9, -3.0, -0.2)),
            Push((48, -46, 72), (12, 15, 14), (-1.0, -2.0, -1.7)),
            Push((29, -49, 92), (4.5, 13, 8), (0, -0.3, -1.0)),
            Push((27, -78, 89), (4.5, 9, 8), (0, -0.3, -0.8)),
            Push((24, -66, 87), (8, 6, 11), (0, -0.9, 0)),
            Swell((0, -65.5, 99), (24, 8, 9), (0.02, -0.12, -0.02)),
            Push((0, -36, 114), (9, 9, 12), (0, -1.7, 0)),
            Push((40, 15, 84), (18, 7, 10), (0, -1.5, 0)),
            Push((33, -15, 86), (12, 4.5, 7), (0, -1.0, 1.0)),
            Push((33, -22, 86), (12, 4, 7), (0, -0.2, -0.8)),
            Push((0, -116, 55), (26, 14, 28), (0, -2.8, -0.6)),
            Push((78, -26, -8), (14, 12, 16), (0.6, -2.4, 0)),
            Push((0, -54, 100), (18, 7, 9), (0, -1.0, -0.5)),
            Push((58, 22, 56), (10, 16, 16), (-1.4, 0, -0.7)),
        ),
    ),
    Dial(
        "broad",
        "the whole face broad and low; negative is narrow and long",
        (Scale((0, -20, 0), (0.022, -0.012, 0), (2, -30, 60)),),
    ),
    Dial(
        "convex",
        "the middle of the face forward, brow and chin back",
        (Shift(2, 20, 100, (0, 0, 1.0)), Push((0, -40, 100), (46, 26, 40), (0, 0, 1.8))),
    ),
)

SKULL = (
    Dial("skull width", "width of the braincase", (Push((76, 28, -36), (34, 52, 56), (2.4, 0, 0)),)),
    Dial("skull length", "from forehead to back", (Shift(2, 30, -90, (0, 0, -3.8), (1, -90, -10)),)),
    Dial("skull height", "height of the crown above the brows", (Shift(1, 25, 120, (0, 4.0, 0)),)),
    Dial("forehead height", "from the brows to the hairline", (Shift(1, 24, 76, (0, 3.4, 0), (2, -10, 70)),)),
    Dial("forehead width", "between the temples' edges", (Push((52, 44, 62), (20, 26, 30), (1.8, 0, 0)),)),
    Dial("forehead slope", "leans back; negative stands upright", (Push((0, 66, 84), (44, 26, 30), (0, 0, -2.8)),)),
    Dial("forehead bulge", "round in the middle", (Push((0, 46, 96), (28, 17, 24), (0, 0, 1.5)),)),
    Dial("temples", "full; negative is hollow", (Push((62, 20, 50), (13, 20, 20), (1.8, 0, 0.5)),)),
    Dial("back of the head", "round at the back", (Push((0, 20, -96), (46, 40, 34), (0, 0, -2.4)),)),
    Dial(
        "crown behind",
        "highest further back",
        (Push((0, 104, -52), (50, 34, 36), (0, 2.4, -1.2)), Push((0, 104, 46), (50, 30, 32), (0, -1.5, 0))),
    ),
    Dial("skull base", "the face tipped forward under the skull", (Twist((0, -20, 40), (90, 90, 60), (1.3, 0, 0)),)),
)

EYES = (
    Dial("eye distance", "between the inner corners", (Push((32, 0, 80), (17, 18, 26), (1.0, 0, 0)),)),
    Dial(
        "eye depth",
        "set deep; negative is bulging",
        (Push((32, 0, 75), (17, 17, 24), (0, 0, -1.2)), Push((32, 20, 88), (22, 8, 12), (0, 0, 0.5))),
    ),
    Dial("eye height", "the eyes' place in the face", (Push((32, 0, 78), (26, 17, 26), (0, 1.3, 0)),)),
    Dial("eye slant", "outer corners up", (Turn(1.9),)),
    Dial("eye opening", "height of the opening", (Open(0.36, 0.2),)),
    Dial("eye length", "from corner to corner", (Widen(0.6, 1.2),)),
    Dial("almond", "highest towards the nose, long to the temple", (Open(0.3, 0.1, -0.9), Open(-0.3, -0.1, 0.9), Turn(0.6))),
    Dial("lid fold", "heavy skin above the lid", (Push((35, 13.5, 88), (13, 4.5, 7), (0, -1.3, 0.9)),)),
    Dial("lid fold outside", "heavy skin over the outer corner", (Push((47, 11, 80), (8, 5.5, 8), (0.2, -1.5, 0.5)),)),
    Dial("eye bags", "full under the eye; negative is a furrow", (Push((33, -15, 86), (12, 4.5, 7), (0, -0.4, 1.15)),)),
    Dial("brow height", "from the eye to the brow", (Push((31, 24, 90), (24, 7, 14), (0, 1.7, 0)),)),
    Dial("brow ridge", "bone above the eyes", (Push((24, 19, 95), (18, 6.5, 12), (0, -0.3, 1.5)),)),
    Dial("glabella", "between the brows", (Push((0, 18, 98), (8, 9, 12), (0, 0, 1.1)),)),
    Dial("brow arch", "high in the middle", (Push((38, 27, 84), (9, 6, 12), (0, 1.0, 0)), Push((14, 22, 93), (7, 6, 10), (0, -0.5, 0)))),
    Dial("brow tilt", "outer ends up", (Push((52, 21, 72), (10, 7, 14), (0.4, 1.1, 0)), Push((13, 22, 94), (8, 6, 10), (0, -0.5, 0)))),
    Dial("brow distance", "between the brows", (Push((16, 22, 93), (9, 5, 9), (1.1, 0, 0)),)),
)
