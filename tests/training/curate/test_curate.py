"""Whole folders of films: what is kept, what is refused and why, what is written, and going on after a stop."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from backend.cli.main import app
from backend.errors import InputError
from backend.take import Take
from backend.training import curate as package
from backend.training.curate import Settings, curate
from backend.training.curate.film import pictures, probe
from backend.training.curate.manifest import NAME, read
from backend.training.datasets import load
from backend.training.datasets.sound import samples_of, sound_of
from tests.training.curate.films import film, later

REFUSED = {
    "bad/early.mp4": "out of sync: the sound comes 0.20 s before",
    "bad/empty.mp4": "cannot be read as a film",
    "bad/mute.mp4": "it has no sound",
    "bad/nobody.mp4": "no face is found",
    "bad/short.mp4": "only 1.60 s long",
    "bad/silent.mp4": "silent",
    "bad/small.mp4": "a small picture",
    "bad/two.mp4": "somebody else is in the picture",
}


@pytest.fixture(scope="module")
def footage(talk, tmp_path_factory):
    folder = tmp_path_factory.mktemp("footage with spaces")
    shown, sound = talk.pictures, talk.samples
    film(folder / "anna" / "good one.mp4", shown, sound)
    film(folder / "bad" / "early.mp4", shown, later(sound, -0.2))
    film(folder / "bad" / "mute.mp4", shown[:80], None)
    film(folder / "bad" / "nobody.mp4", [np.full((288, 288, 3), 40 + i % 9, np.uint8) for i in range(80)], sound[: 80 * 640])
    film(folder / "bad" / "short.mp4", shown[:40], sound[: 40 * 640])
    film(folder / "bad" / "silent.mp4", shown[:80], 0 * sound[: 80 * 640])
    film(folder / "bad" / "small.mp4", [picture[::2, ::2] for picture in shown[:80]], sound[: 80 * 640])
    film(folder / "bad" / "two.mp4", [np.concatenate([picture, picture[:, ::-1]], axis=1) for picture in shown[:80]], sound[: 80 * 640])
    (folder / "bad" / "empty.mp4").write_bytes(b"no film")
    return folder


@pytest.fixture(scope="module")
def curated(footage, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    told = []
    return out, curate(footage, out, watch=lambda name, share: told.append((name, share))), told


def test_the_clean_one_is_kept_and_each_other_is_refused_for_its_own_fault(curated):
    _, entries, _ = curated
    assert [entry.video for entry in entries if entry.kept] == ["anna/good one.mp4"]
    why = {entry.video: "; ".join(entry.why) for entry in entries if not entry.kept}
    assert set(why) == set(REFUSED)
    for video, reason in REFUSED.items():
        assert reason in why[video], (video, why[video])


def test_what_is_written_is_a_take_and_two_data_sets(curated, talk):
    out, entries, _ = curated
    (kept,) = [entry for entry in entries if entry.kept]
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == sorted([NAME, *kept.files])
    take = Take.read(out / "clips" / "anna" / "good_one.take")
    assert (take.direction.generator, take.sound.name, take.motion.rate) == ("mediapipe", "good one.mp4", 25)
    assert np.corrcoef(take.motion["jawOpen"][: talk.truth.frames], talk.truth["jawOpen"])[0, 1] > 0.8  # after H.264 and AAC, 0.91 measured
    assert len(take.phones) > 20
    (arkit,) = load("arkit", out / "clips")
    np.testing.assert_array_equal(arkit.motion.values, take.motion.values)
    assert arkit.speaker == "anna" and abs(len(samples_of(arkit)) / 16000 - arkit.motion.frames / 25) < 0.05
    (flame,) = load("flame", out / "flame")
    assert np.corrcoef(flame.motion["jawX"], arkit.motion["jawOpen"])[0, 1] > 0.95
    np.testing.assert_allclose(flame.motion["neckY"], arkit.motion["headYaw"], atol=0.02)


def test_the_manifest_tells_everything_in_lines_of_json(curated, footage):
    out, entries, told = curated
    lines = (out / NAME).read_text().splitlines()
    assert [json.loads(line)["video"] for line in lines] == [entry.video for entry in entries]
    assert read(out / NAME) == entries
    assert {name for name, _ in told} == {path.relative_to(footage).as_posix() for path in footage.rglob("*.mp4")}
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(set(shares)) > 100


def test_what_was_judged_is_not_looked_at_again_until_something_changes(curated, footage, monkeypatch):
    out, entries, _ = curated
    looked = []
    monkeypatch.setattr(package, "probe", lambda path: looked.append(path.name) or probe(path))
    assert curate(footage, out) == entries and looked == []

    # Cut off in the middle of a line, and a file lost: those two are done again.
    lines = (out / NAME).read_text().splitlines()
    (out / NAME).write_text("\n".join(line for line in lines[:-1] if "bad/short.mp4" not in line) + "\n" + lines[-1][:50])
    again = curate(footage, out)
    assert sorted(looked) == ["short.mp4", "two.mp4"]
    assert sorted(again, key=lambda entry: entry.video) == entries

    looked.clear()
    monkeypatch.setattr(package, "_stretches", lambda *given: iter(()))
    curate(footage, out, Settings(shortest=4.5))
    assert len(looked) == 9


def test_sound_and_picture_of_a_film_start_together(tmp_path):
    """A flash and a click, half a second in, come out half a second in."""
    shown = np.zeros((50, 64, 64, 3), np.uint8)
    shown[12:15] = 255
    click = np.zeros(32000, np.float32)
    click[7680:7712] = 0.9
    path = film(tmp_path / "x.mp4", shown, click)
    bright = [at for at, picture in pictures(path, 25) if picture.mean() > 128]
    assert bright == pytest.approx([12 / 25, 13 / 25, 14 / 25])
    assert np.argmax(np.abs(sound_of(path))) / 16000 == pytest.approx(12 / 25, abs=0.004)
    thirty = [at for at, picture in pictures(path, 50) if picture.mean() > 128]
    assert thirty == pytest.approx([i / 50 for i in range(24, 30)])


def test_long_talk_is_cut_in_pieces(talk, tmp_path):
    film(tmp_path / "in" / "x.mp4", talk.pictures, talk.samples)
    entries = curate(tmp_path / "in", tmp_path / "out", Settings(shortest=1.0, longest=2.6, sync=0.0, lag=1.0))
    assert len(entries) >= 2 and all(entry.end - entry.start <= 2.7 for entry in entries)
    assert entries[0].end == pytest.approx(entries[1].start, abs=0.05)
    assert entries[0].files[0] == "clips/x-001.wav"


def test_the_command_says_it_to_people_and_to_machines(footage, curated):
    out, _, _ = curated
    curate(footage, out)  # as it was before others changed it
    told = CliRunner().invoke(app, ["curate", str(footage), "-o", str(out), "--json"])
    assert told.exit_code == 0, told.output
    plain = json.loads(told.stdout)
    assert (plain["kept"], plain["refused"], len(plain["clips"])) == (1, 8, 9)
    said = CliRunner().invoke(app, ["curate", str(footage), "-o", str(out)]).stdout
    assert "kept 1 of 9 clips" in said and "anna/good one.mp4" in said


def test_names_that_differ_in_signs_only_get_clips_of_their_own_and_refused_ones_are_taken_away(talk, tmp_path):
    for name in ("a b.mp4", "A_b.mp4"):
        film(tmp_path / "in" / name, talk.pictures, talk.samples)
    out = tmp_path / "out"
    entries = curate(tmp_path / "in", out)
    assert len({name.lower() for entry in entries for name in entry.files}) == 8
    assert all((out / name).is_file() for entry in entries for name in entry.files)
    assert not any(entry.kept for entry in curate(tmp_path / "in", out, Settings(shortest=6.0)))
    assert [path.name for path in out.rglob("*") if path.is_file()] == [NAME]


def test_folders_without_films_and_settings_without_sense(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        curate(tmp_path / "none", tmp_path)
    with pytest.raises(InputError, match="no video"):
        curate(tmp_path, tmp_path / "out")
    for wrong in ({"rate": 1}, {"shortest": 9.0, "longest": 5.0}, {"alone": 2.0}):
        with pytest.raises(InputError):
            Settings(**wrong)
