"""What character systems call their shapes: names alone, as their exporters write them."""


def pairs(text):
    """Names; one that ends in "/" stands for its _L and its _R, "~" for Left and Right, "%" for L and R."""
    ends = {"/": ("_L", "_R"), "~": ("Left", "Right"), "%": ("L", "R")}
    return [name[:-1] + end for name in text.split() for end in ends.get(name[-1], (name[-1],))]


OCULUS = pairs("sil PP FF TH DD kk CH SS nn RR aa E I O U")
CC3_NUMBERED = """
A01_Brow_Inner_Up A02_Brow_Down_Left A03_Brow_Down_Right A04_Brow_Outer_Up_Left A05_Brow_Outer_Up_Right A06_Eye_Look_Up_Left
A07_Eye_Look_Up_Right A08_Eye_Look_Down_Left A09_Eye_Look_Down_Right A10_Eye_Look_Out_Left A11_Eye_Look_In_Left A12_Eye_Look_In_Right
A13_Eye_Look_Out_Right A14_Eye_Blink_Left A15_Eye_Blink_Right A16_Eye_Squint_Left A17_Eye_Squint_Right A18_Eye_Wide_Left
A19_Eye_Wide_Right A20_Cheek_Puff A21_Cheek_Squint_Left A22_Cheek_Squint_Right A23_Nose_Sneer_Left A24_Nose_Sneer_Right A25_Jaw_Open
A26_Jaw_Forward A27_Jaw_Left A28_Jaw_Right A29_Mouth_Funnel A30_Mouth_Pucker A31_Mouth_Left A32_Mouth_Right A33_Mouth_Roll_Upper
A34_Mouth_Roll_Lower A35_Mouth_Shrug_Upper A36_Mouth_Shrug_Lower A37_Mouth_Close A38_Mouth_Smile_Left A39_Mouth_Smile_Right
A40_Mouth_Frown_Left A41_Mouth_Frown_Right A42_Mouth_Dimple_Left A43_Mouth_Dimple_Right A44_Mouth_Upper_Up_Left A45_Mouth_Upper_Up_Right
A46_Mouth_Lower_Down_Left A47_Mouth_Lower_Down_Right A48_Mouth_Press_Left A49_Mouth_Press_Right A50_Mouth_Stretch_Left
A51_Mouth_Stretch_Right T10_Tongue_Bulge_Left
"""
METAHUMAN = pairs("""
browDown% browLateral% browRaiseIn% browRaiseOuter% earUp% eyeBlink% eyeLidPress% eyeWiden% eyeSquintInner% eyeCheekRaise%
eyeFaceScrunch% eyeUpperLidUp% eyeRelax% eyeLowerLidUp% eyeLookUp% eyeLookDown% eyeLookLeft% eyeLookRight% eyePupilWide%
noseWrinkle% noseWrinkleUpper% noseNostrilDilate% mouthCheekSuck% mouthCheekBlow% mouthLipsBlow% mouthLeft mouthRight mouthUp mouthDown
mouthUpperLipRaise% mouthLowerLipDepress% mouthCornerPull% mouthStretch% mouthDimple% mouthCornerDepress% mouthPressU% mouthPressD%
mouthLipsPurseU% mouthLipsPurseD% mouthLipsTowardsU% mouthLipsTowardsD% mouthFunnelU% mouthFunnelD% mouthLipsTogetherU%
mouthLipsTogetherD% mouthLipsPress% mouthSharpCornerPull% mouthUpperLipRollIn% mouthUpperLipRollOut% mouthLowerLipRollIn%
mouthLowerLipRollOut% mouthCornerUp% tongueUp tongueDown tongueLeft tongueRight tongueOut tongueIn tongueTipUp tongueTipDown jawOpen
jawLeft jawRight jawFwd jawBack jawChinRaiseD% jawChinRaiseU% jawOpenExtreme
""")
GENESIS_81 = [
    f"facs_{name}"
    for name in pairs("""
jnt_EyeWide~ jnt_EyeBlink~ ctrl_EyeLookUp~ ctrl_EyeLookOut~ ctrl_EyeLookIn~ ctrl_EyeLookDown~ jnt_JawForward jnt_JawLeft jnt_JawRight
jnt_JawOpen ctrl_BrowInnerUp ctrl_CheekPuff bs_TongueOut jnt_JawRecess
""")
    + [
        f"bs_{name}_div2"
        for name in pairs("""
EyeSquint~ NoseSneer~ MouthClose MouthFunnel MouthPucker MouthLeft MouthRight MouthSmile~ MouthFrown~ MouthDimple~ MouthStretch~
MouthRollLower MouthRollUpper MouthShrugLower MouthShrugUpper MouthPress~ MouthLowerDown~ MouthUpperUp~ BrowDown~ BrowOuterUp~
CheekSquint~ NasalFlare
""")
    ]
    + ["cbs_EyeBlinkLeft_div2", "cbs_EyeBlinkRight_div2"]
]
GENESIS_9 = [
    f"facs_{name}"
    for name in pairs("""
bs_BrowInnerUp~ bs_BrowOuterUp~ bs_BrowSqueeze~ bs_BrowDown~ bs_CheekPuff~ bs_CheekSquint~ bs_EyeBlink~ bs_EyelidOpenLower~
bs_EyelidOpenUpper~ bs_EyeLookUp~ bs_EyeLookDown~ bs_EyeLookIn~ bs_EyeLookOut~ bs_EyeSquint~ bs_JawForward bs_JawLeft bs_JawOpen
bs_JawRecess bs_JawRight bs_MouthDimple~ bs_MouthFrown~ bs_MouthLeft bs_MouthLowerDown~ bs_MouthRight bs_MouthRollLower~ bs_MouthSmile~
bs_MouthUpperUp~ bs_NoseSneer~ cbs_EyeFullCompression~ ctrl_MouthFunnel ctrl_MouthPress~ ctrl_MouthPucker ctrl_MouthRollLower
ctrl_MouthRollUpper bs_MouthCloseLower~ bs_MouthCloseUpper~ bs_MouthFunnelLower~ bs_MouthFunnelUpper~ bs_MouthPurseLower~
bs_MouthPurseUpper~ bs_MouthShrugUpper~ bs_MouthSmileWiden~ bs_NasalFlare~ bs_JawChinCompression
""")
]
GENESIS_8 = [
    f"Genesis8Female__{name}"
    for name in pairs("""
eCTRLEyesClosed% eCTRLEyesSquint% eCTRLCheekEyeFlex% eCTRLCheeksBalloon eCTRLBrowInnerUp-Down% eCTRLBrowOuterUp-Down% eCTRLBrowUp-Down%
eCTRLBrowSqueeze eCTRLNoseWrinkle eCTRLMouthOpen eCTRLJawOut-In eCTRLJawSide-Side eCTRLMouthSmileSimple% eCTRLMouthSmile eCTRLMouthFrown
eCTRLMouthCornerBack% eCTRLLipsPucker eCTRLLipsPuckerWide eCTRLLipTopUp-Down% eCTRLLipBottomUp-Down% eCTRLMouthNarrow% eCTRLHappy
""")
]
VROID = [
    f"Face.M_F00_000_00_Fcl_{name}"
    for name in pairs("""
ALL_Neutral ALL_Angry ALL_Fun ALL_Joy ALL_Sorrow ALL_Surprised BRW_Angry BRW_Fun EYE_Natural EYE_Angry EYE_Close EYE_Close_R EYE_Close_L
EYE_Joy MTH_Close MTH_Up MTH_Down MTH_Small MTH_Large MTH_A MTH_I MTH_U MTH_E MTH_O HA_Fung1
""")
]
VRM_0 = ["Neutral", "A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R", "Joy", "Angry", "Sorrow", "Fun", "LookUp", "LookDown"]
VRM_1 = ["happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight", "neutral"]
