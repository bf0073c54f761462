"""How faces differ below the brows: dials, each at one standard deviation, in millimetres."""

from backend.face.heads.layout.fields import Dial, Push, Shift, Swell, Twist

CHEEKS = (
    Dial(
        "middle height",
        "from the brows to the base of the nose",
        (Shift(1, -4, -44, (0, -1.6, 0), (2, -20, 50)), Shift(1, -4, 30, (0, 0.5, 0), (2, -20, 50))),
    ),
    Dial("cheekbone width", "across the cheekbones", (Push((66, -14, 42), (17, 17, 30), (1.7, 0, 0)),)),
    Dial("cheekbones", "forward and out", (Push((47, -21, 78), (13, 10, 13), (0.8, 0.2, 1.9)),)),
    Dial("cheekbone height", "place of the cheekbones", (Push((50, -22, 72), (16, 13, 18), (0, 1.8, 0)),)),
    Dial("under the eyes", "full beside the nose", (Push((26, -28, 90), (10, 11, 11), (0, 0, 1.3)),)),
    Dial("cheeks", "full; negative is hollow", (Push((47, -55, 68), (14, 15, 18), (2.1, 0, 1.5)),)),
    Dial("cheeks in front", "full beside the mouth", (Push((34, -52, 86), (9, 11, 10), (0.8, 0, 1.5)),)),
    Dial(
        "nasolabial fold",
        "deep from the nose to the mouth",
        (Push((30, -48, 91), (5, 13, 8), (0, 0, -0.9)), Push((38, -44, 85), (7, 12, 9), (0.2, -0.3, 1.0))),
    ),
    Dial("sides of the face", "full before the ear", (Push((63, -35, 12), (14, 22, 20), (1.5, 0, 0)),)),
)

NOSE = (
    Dial("nose length", "from root to base", (Shift(1, 4, -42, (0, -2.2, 0), (2, 84, 104)),)),
    Dial("nose width", "across the wings", (Push((18, -38, 97), (7.5, 8.5, 12), (1.05, 0, 0)),)),
    Dial("nose depth", "how far the tip stands out", (Push((0, -33, 116), (13, 12, 13), (0, 0, 1.75)),)),
    Dial("nose bridge", "high; negative is flat", (Push((0, -8, 102), (8, 13, 11), (0, 0, 1.3)),)),
    Dial("nose bridge width", "across the bridge", (Push((9, -12, 94), (5, 13, 9), (0.75, 0, 0.1)),)),
    Dial("nose hump", "a hump on the bridge", (Push((0, -15, 107), (6, 6.5, 9), (0, 0, 1.0)),)),
    Dial("nose root", "high between the eyes", (Push((0, 5, 97), (8, 7, 9), (0, 0, 1.1)),)),
    Dial("nose root height", "where the nose begins", (Push((0, 5, 96), (10, 9, 12), (0, 1.6, 0)),)),
    Dial(
        "nose tip up",
        "turned up; negative hangs",
        (Push((0, -36, 114), (11, 9, 11), (0, 1.7, 0.1)), Push((0, -46, 102), (8, 5, 6), (0, 0.5, -0.2))),
    ),
    Dial("nose tip width", "a round tip", (Swell((0, -34, 111), (8, 7, 9), (0.11, 0.03, 0)),)),
    Dial("nostrils", "high and open wings", (Push((18, -41, 96), (6, 5, 9), (0.15, 1.0, 0)),)),
    Dial("septum", "hangs below the wings", (Push((0, -43.5, 105), (5, 4, 8), (0, -0.95, 0)),)),
    Dial("nose base", "the foot of the nose forward", (Push((10, -46, 98), (11, 6.5, 9), (0, 0, 1.0)),)),
)

MOUTH = (
    Dial("mouth width", "from corner to corner", (Push((24, -65, 88), (9.5, 9, 15), (1.4, 0, -0.3)),)),
    Dial("mouth height", "place of the mouth between nose and chin", (Push((0, -66, 95), (34, 11, 22), (0, 1.2, 0)),)),
    Dial("upper lip", "full", (Push((0, -59, 101), (15, 3.6, 7), (0, 0.95, 0.3)), Push((12, -59.5, 99), (8, 3.2, 7), (0, 0.35, 0.1)))),
    Dial("lower lip", "full", (Push((0, -73.5, 100), (14, 4.2, 7), (0, -1.4, 0.5)),)),
    Dial("lips forward", "both lips", (Push((0, -65.5, 103), (20, 9, 6.5), (0, 0, 1.5)),)),
    Dial(
        "upper lip forward",
        "over the lower",
        (Push((0, -59, 103), (18, 6, 6), (0, 0, 0.95)), Push((0, -73, 101), (16, 6, 6), (0, 0, -0.6))),
    ),
    Dial("philtrum length", "from the nose to the lip", (Shift(1, -45, -57, (0, -1.35, 0), (2, 62, 92)),)),
    Dial(
        "cupid's bow",
        "a pointed bow",
        (Push((6.5, -57.5, 102), (3.4, 2.6, 5), (0, 0.55, 0.2)), Push((0, -58.5, 102), (2.8, 2.6, 5), (0, -0.35, -0.1))),
    ),
    Dial(
        "philtrum", "a deep groove", (Push((0, -52, 101), (2.6, 5.5, 5), (0, 0, -0.5)), Push((5.8, -52, 101), (2.4, 5.5, 5), (0, 0, 0.4)))
    ),
    Dial("mouth corners", "turned up", (Push((24, -65, 87), (7, 6, 11), (0, 0.95, -0.1)),)),
    Dial(
        "lip corners full",
        "full to the corners",
        (Push((16, -60.5, 97), (7, 3, 7), (0, 0.45, 0.3)), Push((15, -72, 96), (7, 3.4, 7), (0, -0.55, 0.3))),
    ),
)

JAW = (
    Dial("lower height", "from the nose to the chin", (Shift(1, -74, -104, (0, -2.8, 0), (2, -35, 45)),)),
    Dial("jaw width", "across the angles of the jaw", (Push((58, -76, 16), (18, 19, 26), (1.7, 0, 0)),)),
    Dial("jaw angle", "low and square; negative is steep", (Push((54, -84, 14), (15, 13, 24), (0.8, -3.0, -0.8)),)),
    Dial(
        "jaw line",
        "sharp below the cheek",
        (Push((50, -84, 42), (11, 9, 18), (1.1, -0.8, 0.3)), Push((36, -106, 44), (14, 8, 22), (0, 1.7, 0))),
    ),
    Dial("jaw in front", "broad between chin and angle", (Push((34, -92, 72), (11, 11, 15), (1.6, -0.3, 0.8)),)),
    Dial("chin height", "from the lower lip to the end of the chin", (Push((0, -104, 92), (22, 9, 20), (0, -1.5, 0)),)),
    Dial("chin width", "a broad chin", (Push((16, -97, 90), (9, 10, 13), (1.5, 0, 0.3)),)),
    Dial("chin forward", "stands out; negative recedes", (Push((0, -96, 97), (20, 12, 19), (0, 0, 2.3)),)),
    Dial("chin ball", "a round knob", (Push((0, -96, 98), (9, 7.5, 8), (0, 0, 1.3)),)),
    Dial("chin cleft", "two halves", (Push((0, -97, 98), (2.6, 7, 6), (0, 0.1, -0.7)), Push((6.5, -97, 97), (4, 7, 6), (0, 0, 0.35)))),
    Dial("chin fold", "deep between lip and chin", (Push((0, -83, 96), (15, 4.5, 7), (0, 0, -1.05)),)),
    Dial("jowls", "heavy beside the chin", (Push((36, -93, 66), (10, 10, 12), (1.1, -1.5, 0)),)),
    Dial("double chin", "full under the chin", (Push((0, -113, 62), (22, 9, 20), (0, -2.7, 0.5)),)),
    Dial("jaw forward", "the whole lower jaw", (Push((0, -88, 88), (44, 20, 40), (0, 0, 1.6)),)),
)

EARS = (
    Dial("ear size", "longer and broader", (Swell((78, -2, -10), (13, 27, 24), (0.02, 0.075, 0.06)),)),
    Dial("ears out", "stand off the head", (Push((90, 2, -22), (11, 30, 15), (2.4, 0, 0.6)),)),
    Dial("ear height", "place of the ears", (Push((80, -2, -8), (15, 34, 26), (0, 2.0, 0)),)),
    Dial("ear tilt", "lean back", (Twist((80, -2, -8), (13, 30, 24), (-3.0, 0, 0)),)),
    Dial("ear lobes", "long", (Push((78, -30, -2), (10, 8, 10), (0.3, -1.5, 0.2)),)),
)

NECK = (
    Dial("neck girth", "thick", (Swell((0, -145, -25), (44, 44, 50), (0.06, 0, 0.045)),)),
    Dial("neck length", "long", (Shift(1, -108, -178, (0, -5.0, 0)),)),
    Dial("neck forward", "the head carried before the neck", (Shift(1, -95, -176, (0, 0, -3.6)),)),
    Dial("larynx", "stands out", (Push((0, -124, 27), (7, 10, 10), (0, 0, 1.8)),)),
    Dial("under the jaw", "the corner between chin and neck", (Push((0, -118, 36), (24, 12, 18), (0, 1.9, -1.4)),)),
)

# The right does the opposite: everybody's face is a little uneven.
UNEVEN = (
    Dial("nose aside", "to the left", (Push((0, -32, 112), (13, 18, 16), (0.75, 0, 0)),), -1),
    Dial("chin aside", "to the left", (Push((0, -98, 88), (34, 18, 30), (1.1, 0, 0)),), -1),
    Dial("mouth aslant", "left corner up", (Push((24, -65, 88), (11, 9, 14), (0, 0.55, 0)),), -1),
    Dial("eyes aslant", "left eye up", (Push((32, 0, 78), (20, 16, 24), (0, 0.5, 0)),), -1),
    Dial("brows aslant", "left brow up", (Push((34, 24, 88), (20, 7, 14), (0, 0.6, 0)),), -1),
    Dial("cheeks uneven", "left fuller", (Push((48, -48, 68), (16, 18, 20), (0.7, 0, 0.4)),), -1),
    Dial("jaw uneven", "left angle further out and down", (Push((56, -78, 18), (17, 17, 24), (0.9, -0.7, 0)),), -1),
    Dial("ears uneven", "left ear further out and up", (Push((82, 0, -14), (13, 30, 22), (0.7, 0.9, 0)),), -1),
    Dial("head bent", "bowed to the left, like a C", (Push((0, -15, 60), (70, 42, 70), (0.9, 0, 0)),), -1),
    Dial(
        "head sheared",
        "left forehead and right back of the head forward",
        (Push((52, 40, 60), (30, 40, 34), (0, 0, 0.9)), Push((52, 20, -75), (34, 40, 34), (0, 0, 1.2))),
        -1,
    ),
)
