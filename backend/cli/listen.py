"""``mien listen``: what is heard in a recording."""

import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.generate import AsJson, Audio, Language, Script, ScriptFile, TextGrid, words_given
from backend.cli.report import Report
from backend.errors import DirectionError

if TYPE_CHECKING:
    from backend.speech.speech import Phone, Speech, Word

Out = Annotated[Path | None, typer.Option("-o", "--output", help="A .TextGrid to write, to be corrected in Praat and given to --textgrid.")]
Plot = Annotated[Path | None, typer.Option(help="A .png to draw: waveform, words, phones, pitch, amplitude, affect.")]


def register(app: typer.Typer) -> None:
    app.command("listen")(listen)


def listen(
    audio: Audio,
    script: Script = None,
    script_file: ScriptFile = None,
    language: Language = None,
    textgrid: TextGrid = None,
    plot: Plot = None,
    output: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say what is heard in a recording: words, phones and visemes with their times."""
    from backend.cli.outputs import check_places

    _check_suffix(output, "-o", ".TextGrid")
    _check_suffix(plot, "--plot", ".png")
    outputs = [path for path in (output, plot) if path is not None]
    check_places(outputs, (audio, script_file, textgrid))
    words = words_given(script, script_file, textgrid)
    report = Report(as_json)
    with report.running():
        speech = _hear(audio, words, language, textgrid, report)
        _write(speech, audio.name, output, plot, report)
    for line in _lines(audio.name, speech):
        report.say(line)
    for path in outputs:
        report.say(f"wrote {path}")
    report.result(**_plain(audio.name, speech), outputs=[str(path) for path in outputs])


def _check_suffix(path: Path | None, option: str, suffix: str) -> None:
    if path is not None and path.suffix.lower() != suffix.lower():
        raise DirectionError(f"{option} writes {suffix} files, and {path.name} is none: give it a name that ends in {suffix}.")


def _hear(audio: Path, words: str | None, language: str | None, textgrid: Path | None, report: Report) -> "Speech":
    from backend.encoders.recogniser import recogniser
    from backend.speech.listen import listen as hear
    from backend.speech.textgrid import corrected, read

    by_hand = read(textgrid) if textgrid else None
    report.watch("listen", 0.0)
    speech = hear(audio, words, language, recogniser=recogniser(), progress=lambda share: report.watch("listen", share))
    return corrected(speech, *by_hand) if by_hand else speech


def _write(speech: "Speech", name: str, output: Path | None, plot: Path | None, report: Report) -> None:
    from backend.files import write_atomically
    from backend.speech.textgrid import write

    if output is not None:
        write_atomically(output, write(speech.words, speech.phones, speech.duration).encode())
    if plot is not None:
        from backend.cli.speech_plot import draw

        report.watch("plot", 0.0)
        write_atomically(plot, draw(speech, name))


def _plain(name: str, speech: "Speech") -> dict[str, Any]:
    from backend.speech.prosody.accents import accents
    from backend.speech.prosody.affect import affect
    from backend.speech.prosody.breaths import breaths
    from backend.speech.prosody.rhythm import speaking_rate
    from backend.speech.speech import BANDS, PROSODY_RATE

    return {
        "audio": name,
        "duration": _json(speech.duration),
        "ear": speech.ear,
        "notes": list(speech.notes),
        "words": [_json(word) for word in speech.words],
        "phones": [{"phone": phone.symbol, "viseme": phone.viseme} | _json(phone, ("symbol",)) for phone in speech.phones],
        "accents": _json(accents(speech)),
        "breaths": _json(breaths(speech)),
        "frames": {"rate": float(PROSODY_RATE), "band_edges": list(BANDS)}
        | _json(speech.prosody)
        | {"speaking_rate": _json(speaking_rate(speech)), "affect": _json(affect(speech))},
    }


def _json(value: Any, without: tuple[str, ...] = ()) -> Any:
    """Records by their fields, arrays as lists, numbers to four decimals; what is no number as null."""
    if hasattr(value, "tolist"):
        return _json(value.tolist())
    if is_dataclass(value):
        return {field.name: _json(getattr(value, field.name)) for field in fields(value) if field.name not in without}
    if isinstance(value, dict):
        return {str(key): _json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _lines(name: str, speech: "Speech") -> list[str]:
    table = _table(speech)
    return [
        f"sound      {name}, {speech.duration:.2f} s, sha256 {speech.digest[:12]}",
        f"ear        {speech.ear}",
        "",
        *table,
        *(f"note: {note}" for note in speech.notes),
    ]


def _table(speech: "Speech") -> list[str]:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("start", "end", "sure"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("word", "phones", "visemes"):
        table.add_column(heading)
    for word, phones in _rows(speech):
        start, end = (word.start, word.end) if word else (phones[0].start, phones[-1].end)
        sure = word.confidence if word else sum(p.confidence * p.duration for p in phones) / (end - start)
        said = (word.text if word else "", " ".join(p.symbol for p in phones), " ".join(p.viseme for p in phones))
        table.add_row(f"{start:.2f}", f"{end:.2f}", f"{sure:.2f}", *said)
    console = Console(width=110, color_system=None, markup=False, highlight=False)
    with console.capture() as shown:
        console.print(table)
    return [line.rstrip() for line in shown.get().splitlines()]


def _rows(speech: "Speech") -> "list[tuple[Word | None, list[Phone]]]":
    """Each word with the phones whose middle lies in it; sounds outside of words, and silences, by themselves."""
    from bisect import bisect_right

    from backend.speech.inventory import SILENCE

    starts = [word.start for word in speech.words]
    rows: list[tuple[Word | None, list[Phone]]] = []
    here: object = rows  # no word, no silence
    for phone in speech.phones:
        middle = (phone.start + phone.end) / 2
        number = bisect_right(starts, middle) - 1
        silent = phone.symbol == SILENCE
        word = speech.words[number] if not silent and number >= 0 and middle < speech.words[number].end else None
        place = (number if word else None, silent)
        if place == here:
            rows[-1][1].append(phone)
        else:
            rows.append((word, [phone]))
        here = place
    return rows
