"""``mien train`` and ``mien evaluate`` from the outside: what they refuse in one sentence, and what they print."""

import json
import sys

import pytest
from typer.testing import CliRunner

from backend.cli.main import app
from backend.cli.train import ROWS
from backend.errors import DirectionError, InputError, MissingError
from tests.training.small_corpus import build

RUN = CliRunner()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return build(tmp_path_factory.mktemp("corpus"), {"test": 1, "train": 1}).folder


def refused(error: type[Exception], *words: object) -> str:
    result = RUN.invoke(app, [str(word) for word in words])
    assert isinstance(result.exception, error), result.exception
    said = str(result.exception)
    assert "\n" not in said
    return said


def test_the_rows_that_the_help_names_are_the_recipes():
    from backend.training.medtalk.settings import ABLATIONS

    assert ROWS == ABLATIONS


def test_the_command_line_brings_no_torch():
    import subprocess

    code = "import sys; from backend.cli.main import app; import backend.cli.evaluate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_training_that_cannot_be_is_refused_in_a_sentence(tmp_path):
    out = tmp_path / "x.safetensors"
    said = refused(InputError, "train", "medtalk", "--setting", "huge", "--data", tmp_path, "-o", out)
    assert said == "there is no setting 'huge'; settings are tiny, small, full."
    said = refused(InputError, "train", "medtalk", "--setting", "tiny", "--without", "lips", "--data", tmp_path, "-o", out)
    assert said == "MEDTalk has no part 'lips' to leave out; parts are overlap, cycle, disentangle, intensity, text."
    said = refused(InputError, "train", "medtalk", "--setting", "tiny", "--data", tmp_path, "-o", out)
    assert said == f"{tmp_path} holds no finished corpus (there is no manifest.json); `mien corpus build` makes one."
    assert "holds no finished corpus" in refused(InputError, "train", "reader", "--data", tmp_path, "-o", out)
    assert "no device 'moon'" in refused(DirectionError, "train", "medtalk", "--setting", "tiny", "--device", "moon", "-o", out)
    assert not out.exists()


def test_a_measurement_that_cannot_be_is_refused_in_a_sentence(tmp_path, data):
    assert "did you mean 'rules'" in refused(DirectionError, "evaluate", "generators", "--generators", "ruls", "--data", data)
    assert "nothing to measure on" in refused(InputError, "evaluate", "medtalk", "--weights", tmp_path / "x.safetensors")
    assert "cannot be read" in refused(MissingError, "evaluate", "medtalk", "--data", data, "--weights", tmp_path / "x.safetensors")
    assert "no weights to measure" in refused(InputError, "evaluate", "medtalk", "--data", data, "--weights", tmp_path)


def test_medtalk_is_trained_with_what_was_asked_for(monkeypatch, tmp_path):
    from backend.training.medtalk import recipe

    asked = []

    def train(*given, progress=None):
        asked.append(given)
        return {"MLE": 0.5}

    monkeypatch.setattr(recipe, "train", lambda *given: train(*given[:7]))
    words = ["train", "medtalk", "--data", tmp_path, "--run", tmp_path / "run", "-o", tmp_path / "w", "--setting", "small"]
    result = RUN.invoke(app, [*map(str, words), "--without", "text", "--seed", "3", "--device", "cpu", "--json"])
    assert asked == [(tmp_path, tmp_path / "run", tmp_path / "w", "small", "text", 3, "cpu")]
    assert json.loads(result.stdout) == {"weights": str(tmp_path / "w"), "MLE": 0.5}


def test_a_reader_is_trained_and_told_of(data, tmp_path):
    result = RUN.invoke(app, ["train", "reader", "--data", str(data), "-o", str(tmp_path / "reader.safetensors")])
    assert result.exit_code == 0, result.exception
    assert result.stdout.startswith(f"wrote {tmp_path / 'reader.safetensors'}: held-out showings 1.0, held-out manners")
    (tmp_path / "no.safetensors").write_bytes(b"")
    words = ["evaluate", "generators", "--data", data, "--reader", tmp_path / "no.safetensors"]
    assert "is no expression reader" in refused(InputError, *words)


def test_a_report_on_rules_lies_in_the_folder(data, tmp_path):
    words = ["--data", data, "--generators", "rules", "--report", tmp_path, "--most", 1, "--versions", 1, "--no-plots", "--json"]
    result = RUN.invoke(app, ["evaluate", "generators", *map(str, words)])
    assert result.exit_code == 0, result.exception
    told = json.loads(result.stdout)
    assert told["report"] == str(tmp_path / "report.md")
    assert {"MLE", "closure recall", "blink rate"} <= {row[0] for row in told["rows"]}
    assert {row[1] for row in told["rows"]} == {"rules", "corpus"}
    assert (tmp_path / "report.md").is_file()
    assert not (tmp_path / "plots").exists()
