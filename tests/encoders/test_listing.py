"""What there is, where it lies, and what is said where it does not."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from backend import encoders
from backend.encoders import CARDS, available
from backend.encoders.catalogue import ENCODERS
from backend.encoders.places import find, hub_folder
from backend.errors import DirectionError, InputError, MissingError

ABSENT = [name for name in CARDS if name != "minilm"]


def test_listing_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from backend.encoders import available, load\n"
        "rows = list(available())\n"
        "heavy = {'torch', 'transformers', 'open_clip', 'huggingface_hub', 'torchvision', 'PIL'} & set(sys.modules)\n"
        "assert rows and not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_card_says_what_it_must():
    assert list(ENCODERS) == list(CARDS)
    for name, card in CARDS.items():
        assert card.name == name
        assert card.licence
        assert card.gives
        assert "/" in card.source
        assert card.download_mb > 0
        heard = card.role in ("audio", "affect", "phones", "transcript")
        assert (card.rate == 16_000) is heard
        assert (card.frame_rate == Fraction(50)) is (heard and card.role != "transcript")
        assert (card.width > 0) is (card.role != "transcript")
        assert callable(ENCODERS[name])


@pytest.mark.parametrize("name", ABSENT)
def test_an_absent_one_costs_one_sentence(name):
    with pytest.raises(MissingError) as refusal:
        encoders.load(name)
    said = str(refusal.value)
    assert "\n" not in said
    assert CARDS[name].source in said
    assert "hf download" in said
    assert "folder" in said


def test_available():
    rows = {row.card.name: row for row in available()}
    assert list(rows) == list(CARDS)
    assert rows["minilm"].folder is not None
    assert rows["minilm"].mend == ""
    for name in ABSENT:
        assert rows[name].folder is None
        assert CARDS[name].licence in rows[name].mend


def test_an_unknown_name():
    with pytest.raises(DirectionError, match="did you mean 'hubert'"):
        encoders.load("hubbert")


def test_a_device_that_is_not_here(made):
    with pytest.raises(DirectionError, match="no device 'abacus'"):
        encoders.load("wav2vec2", made("sound"), "abacus")


@pytest.mark.parametrize("source", ["no/such/folder at all", "/nowhere", "../x"])
def test_a_folder_that_is_not_there(source, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(MissingError, match="there is no folder"):
        encoders.load("hubert", source)


def test_an_id_that_is_not_in_the_cache():
    with pytest.raises(MissingError, match="hf download someone/hubert"):
        encoders.load("hubert", "someone/hubert")


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match="holds no weights"):
        encoders.load("hubert", tmp_path)


def test_a_library_that_is_not_installed(monkeypatch, made):
    from backend.encoders import places

    monkeypatch.setattr(places, "find_spec", lambda name: None if name == "open_clip" else True)
    with pytest.raises(MissingError, match="pip install open_clip_torch"):
        encoders.load("clip-text", made("clip"))


def cached(home: Path, source: str, folder: Path) -> None:
    """Put a folder into a hub cache as the hub's library lays it out."""
    place = home / "hub" / f"models--{source.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("abc123")
    (place / "snapshots").mkdir()
    (place / "snapshots" / "abc123").symlink_to(folder, target_is_directory=True)


def test_the_hub_cache(made, tmp_path, monkeypatch, noise):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    cached(tmp_path, "facebook/wav2vec2-base-960h", made("sound"))
    assert encoders.load("wav2vec2").encode(noise).values.shape == (149, 16)
    assert encoders.load("wav2vec2-xlsr", "facebook/wav2vec2-base-960h").encode(noise).values.shape == (149, 16)
    assert next(row for row in available() if row.card.name == "wav2vec2").folder == hub_folder("facebook/wav2vec2-base-960h")


def test_the_cache_is_laid_out_as_the_hub_reads_it(made, tmp_path, monkeypatch):
    """The hub's own library finds the same folder."""
    from huggingface_hub import snapshot_download

    cached(tmp_path, "org/name", made("sound"))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    theirs = snapshot_download("org/name", local_files_only=True, cache_dir=tmp_path / "hub")
    assert hub_folder("org/name") == Path(theirs)


def test_a_download_that_was_broken_off(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "config.json").write_text("{}")
    cached(tmp_path, "facebook/hubert-base-ls960", empty)
    assert find(CARDS["hubert"]) is None


def test_miens_own_folder_comes_first(made, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    (tmp_path / "clip").symlink_to(made("clip"), target_is_directory=True)
    assert find(CARDS["clip-text"]) == find(CARDS["clip-image"]) == tmp_path / "clip"


def test_doctor_lists_them():
    from typer.testing import CliRunner

    from backend.cli.main import app

    done = CliRunner().invoke(app, ["doctor", "--json"])
    findings = {finding["part"]: finding for finding in json.loads(done.stdout)["findings"]}
    for name in CARDS:
        assert findings[f"encoder {name}"]["well"] is (name == "minilm")
        assert findings[f"encoder {name}"]["required"] is False
