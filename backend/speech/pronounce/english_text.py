"""English as it is written turned into words: numbers, money, times, dates, units, addresses, abbreviations.

Where the figures stand is found here; how they are worded is ``num2words``'s business.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from re import Match

_SHORT: Mapping[str, str] = {
    **{"mr": "mister", "mrs": "missus", "ms": "ms", "ph.d": "P.H.D.", "dr": "doctor", "prof": "professor", "jr": "junior", "sr": "senior"},
    **{"vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is", "approx": "approximately", "dept": "department"},
    **{"lt": "lieutenant", "col": "colonel", "gen": "general", "sgt": "sergeant", "capt": "captain", "cpt": "captain", "rev": "reverend"},
    **{"gov": "governor", "sen": "senator", "inc": "incorporated", "ltd": "limited", "corp": "corporation", "mt": "mount", "ave": "avenue"},
    **{"blvd": "boulevard", "jan": "january", "feb": "february", "apr": "april", "aug": "august", "sept": "september", "oct": "october"},
    **{"nov": "november", "dec": "december", "messrs": "messieurs", "cmdr": "commander", "hon": "honorable", "esq": "esquire"},
}
_UNITS: Mapping[str, tuple[str, str]] = {
    **{"km/h": ("kilometer an hour", "kilometers an hour"), "kph": ("kilometer an hour", "kilometers an hour")},
    **{"mph": ("mile an hour", "miles an hour"), "m/s": ("meter a second", "meters a second"), "ft": ("foot", "feet")},
    **{"lbs": ("pound", "pounds"), "lb": ("pound", "pounds"), "hz": ("hertz", "hertz"), "khz": ("kilohertz", "kilohertz")},
    **{"mhz": ("megahertz", "megahertz"), "ghz": ("gigahertz", "gigahertz"), "fps": ("frame a second", "frames a second")},
    **{
        short: (name, f"{name}s")
        for short, name in {
            **{"km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "g": "gram", "mg": "milligram"},
            **{"mi": "mile", "oz": "ounce", "gb": "gigabyte", "mb": "megabyte", "kb": "kilobyte", "tb": "terabyte", "kw": "kilowatt"},
            **{"w": "watt", "v": "volt", "ml": "milliliter", "l": "liter", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute"},
            **{"sec": "second", "secs": "second", "ms": "millisecond", "db": "decibel", "yd": "yard"},
        }.items()
    },
}
_MONEY: Mapping[str, tuple[str, str, str]] = {
    **{"$": ("dollar", "dollars", "cent"), "€": ("euro", "euros", "cent"), "£": ("pound", "pounds", "penny")},
    **{"¥": ("yen", "yen", ""), "₹": ("rupee", "rupees", "paisa"), "₽": ("ruble", "rubles", "kopeck"), "₩": ("won", "won", "")},
}
_MANY: Mapping[str, str] = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
_TENS: Mapping[str, str] = {
    **{"00": "hundreds", "10": "tens", "20": "twenties", "30": "thirties", "40": "forties", "50": "fifties"},
    **{"60": "sixties", "70": "seventies", "80": "eighties", "90": "nineties"},
}
_SIGNS: Mapping[str, str] = {
    **{"%": " percent ", "&": " and ", "+": " plus ", "=": " equals ", "×": " times ", "÷": " divided by ", "±": " plus or minus "},
    **{
        "°C": " degrees celsius ",
        "°F": " degrees fahrenheit ",
        "°": " degrees ",
        "@": " at ",
        "™": "",
        "®": "",
        "©": "",
        "/": " ",
        "_": " ",
    },
}
_HALVES: Mapping[str, str] = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "⅛": " 1/8"}
_KINGS = "louis|henry|george|charles|james|william|edward|richard|elizabeth|philip|paul|pius|benedict|john|napoleon|catherine|alexander"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_LONGEST = 15  # digits; what is longer is read digit by digit


def written_out(text: str) -> str:
    """English text without figures and signs: ``It cost $3.50.`` becomes ``It cost three dollars fifty cents.``"""
    text = re.sub("[’‘ʼ`´]", "'", text)
    text = re.sub("[½¼¾⅓⅔⅛]", lambda found: _HALVES[found[0]], text)
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/")
    for pattern, wording in _RULES:
        text = pattern.sub(wording, text)
    return text


def _cardinal(figures: str) -> str:
    from num2words import num2words

    figures = figures.replace(",", "")
    whole, _, part = figures.partition(".")
    if len(figures) > _LONGEST or (len(whole) > 1 and whole[0] == "0"):
        return " ".join("point" if digit == "." else _words(num2words(int(digit))) for digit in figures)
    point = f" point {' '.join(num2words(int(digit)) for digit in part)}" if part else ""
    return _words(num2words(int(whole))) + point


def _words(wording: str) -> str:
    return re.sub(r"[-,]+", " ", wording)


def _ordinal(figures: str) -> str:
    from num2words import num2words

    plain = figures.replace(",", "")
    return _words(num2words(int(plain), to="ordinal")) if len(plain) <= _LONGEST else _cardinal(plain)


def _year(figures: str) -> str:
    from num2words import num2words

    return _words(num2words(int(figures), to="year"))


def _address(found: Match[str]) -> str:
    bare = re.sub(r"^https?://", "", found[0]).rstrip(".,;:!?)'\"")
    after = found[0][len(found[0].rstrip(".,;:!?)'\"")) :]
    for sign, name in {".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "?": "question mark", "=": "equals"}.items():
        bare = bare.replace(sign, f" {name} ")
    return re.sub(r"\bwww\b", "WWW", bare) + after


def _time(found: Match[str]) -> str:
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    minutes = f"oh {_cardinal(str(minute))}" if 0 < minute < 10 else _cardinal(str(minute)) if minute else "" if half else "o'clock"
    return f"{_cardinal(str(hour))} {minutes} {half.upper() + '.M.' if half else ''} "


def _money(found: Match[str]) -> str:
    one, more, small = _MONEY[found["before"] or found["after"]]
    figures, many = found["a"] or found["b"], (found["many"] or "").lower()
    if many:
        return f"{_cardinal(figures)} {_MANY.get(many, many)} {more}"
    whole, _, part = figures.partition(".")
    if len(part) != 2 or not small:
        return f"{_cardinal(figures)} {one if figures == '1' else more}"
    cents = {"penny": "pence"}.get(small, f"{small}s") if int(part) != 1 else small
    large = [_cardinal(whole), one if whole == "1" else more] if int(whole.replace(",", "")) or not int(part) else []
    return " ".join([*large, *([_cardinal(str(int(part))), cents] if int(part) else [])])


def _quantity(found: Match[str]) -> str:
    one, more = _UNITS[found[2].lower()]
    return f"{_cardinal(found[1])} {one if found[1] == '1' else more}"


def _decade(found: Match[str]) -> str:
    if found[1] == "20" and found[2] == "00":
        return "two thousands "
    return f"{_cardinal(found[1]) if found[1] else ''} {_TENS[found[2]]} "


def _date(found: Match[str]) -> str:
    month, day = int(found[1]), int(found[2])
    if month > 12:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found[0].replace("/", " ")
    return f"{_MONTHS[month - 1]} {_ordinal(str(day))} {found[3]}"


def _fraction(found: Match[str]) -> str:
    over, under = int(found[2]), int(found[3])
    if not 2 <= under <= 20:
        return f"{found[1] or ''} {_cardinal(found[2])} over {_cardinal(found[3])}"
    name = {2: "half", 4: "quarter"}.get(under) or _ordinal(str(under))
    said = (
        f"{'a' if found[1] else _cardinal('1')} {name}" if over == 1 else f"{_cardinal(str(over))} {'halves' if under == 2 else name + 's'}"
    )
    return f"{_cardinal(found[1])} and {said}" if found[1] else said


def _roman(figures: str) -> int | None:
    """The value of a Roman numeral below forty, None for other letters."""
    found = re.fullmatch(r"(X{0,3})(IX|IV|V?I{0,3})", figures)
    if not found or not figures:
        return None
    ones = {"IX": 9, "IV": 4}.get(found[2], 5 * found[2].count("V") + found[2].count("I"))
    return 10 * len(found[1]) + ones


def _regnal(found: Match[str]) -> str:
    value = _roman(found[2])
    return f"{found[1]} the {_ordinal(str(value))}" if value else found[0]


def _chapter(found: Match[str]) -> str:
    value = _roman(found[2])
    return f"{found[1]} {_cardinal(str(value))}" if value else found[0]


def _feet(found: Match[str]) -> str:
    return f"{_cardinal(found[1])} foot {_cardinal(found[2]) if found[2] else ''} "


_RULES: tuple[tuple[re.Pattern[str], Callable[[Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.ASCII | flags), wording)
    for pattern, flags, wording in (
        (
            r"(?:https?://|www\.)\S{1,200}|\b[\w.+-]{1,60}@[\w-]{1,60}(?:\.\w{1,20}){1,4}|\b[\w-]{1,60}\.(?:com|org|net|io|edu|gov)\b\S{0,100}",
            re.I,
            _address,
        ),
        (r"\bNo\.\s*(?=\d)", 0, lambda _: "number "),
        (r"\bSt\.(?=\s+[A-Z])", 0, lambda _: "saint"),
        (r"\bSt\.", 0, lambda _: "street"),
        (rf"\b({'|'.join(re.escape(s) for s in _SHORT)})\.(?!\w)", re.I, lambda found: _SHORT[found[1].lower()]),
        (r"\b(mr|mrs|dr|vs|etc)\b(?!')", re.I, lambda found: _SHORT[found[1].lower()]),
        (r"(?<!\d)'?\b(\d{2})?(\d0)'?s\b", 0, _decade),
        (r"\b(\d{1,2}):([0-5]\d)(?::[0-5]\d)?(?:\s?([ap])\.?m\b\.?)?", re.I, _time),
        (r"(?<=\d)\s?([ap])\.?m\b\.?", re.I, lambda found: f" {found[1].upper()}.M. "),
        (r"\b([ap])\.m\.?", re.I, lambda found: f" {found[1].upper()}.M. "),
        (
            rf"(?:(?P<before>[{''.join(_MONEY)}])\s?(?P<a>{_NUMBER})|(?P<b>{_NUMBER})\s?(?P<after>[{''.join(_MONEY)}])(?!\s?\d))"
            r"(?:\s?(?P<many>thousand|million|billion|trillion|k|m|bn|b|tn)\b)?",
            re.I,
            _money,
        ),
        (r"\b(\d{1,2})'(?:(\d{1,2})(?:\"|''|\b))?(?!\w)", 0, _feet),
        (rf"\b({_NUMBER})\s?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})\b(?!['/])", re.I, _quantity),
        (r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b", 0, _date),
        (r"\b(?:(\d{1,6})\s)?(\d{1,3})/(\d{1,3})\b", 0, _fraction),
        (r"\b(\d{1,12}|\d{1,3}(?:,\d{3})+)(?:st|nd|rd|th)\b", re.I, lambda found: _ordinal(found[1])),
        (rf"\b({'|'.join(_MONTHS)})\s+([12]?\d|3[01])\b(?![\d,.]\d)", re.I, lambda found: f"{found[1]} {_ordinal(found[2])}"),
        (rf"\b({_KINGS})\s+([IVX]{{2,6}}|V)\b", re.I, _regnal),
        (r"\b(chapter|part|act|scene|book|volume|war|section|episode|phase|type|mark|level|season)\s+([IVX]{1,6})\b", re.I, _chapter),
        (r"\b\d{3}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b", 0, lambda found: " ".join(_cardinal(digit) for digit in found[0] if digit != "-")),
        (r"(?<=\d)\s?[-–]\s?(?=\d)", 0, lambda _: " to "),
        (r"#(?=\d)", 0, lambda _: " number "),
        (r"(?<![\w-])[-−](?=\d)", 0, lambda _: "minus "),
        (r"(?<![\d,.])\b(1[1-9]\d\d|20\d\d)\b(?![,.]?\d)", 0, lambda found: _year(found[1])),
        (rf"{_NUMBER}", 0, lambda found: f" {_cardinal(found[0])} "),
        (r"°C|°F|[%&+=×÷±°@™®©/_]", 0, lambda found: _SIGNS[found[0]]),
    )
)
