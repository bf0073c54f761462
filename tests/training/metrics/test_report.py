"""Reports: tables that say what went in, verdicts that are earned, pictures that are pictures."""

import csv
import io
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image

from backend.errors import InputError, OutputError
from backend.training.metrics import METRICS
from backend.training.report import compare, tabulate, write_report
from backend.training.report.write import picture_names


def made(seed=0, clips=40):
    """Three generators: the second has less error than the first and more confidence, the third is the first with noise."""
    chance = np.random.default_rng(seed)
    values = defaultdict(dict)
    for i in range(clips):
        error, confident = chance.gamma(4), chance.normal(2, 0.3)
        values["rules"][f"clip {i:02}"] = {"LVE, max": error, "sync confidence": confident, "blink rate": 0.3, "FDD": 0.1}
        values["better"][f"clip {i:02}"] = {
            "LVE, max": error - 0.5 + chance.normal(0, 0.2),
            "sync confidence": confident + 0.4,
            "blink rate": 0.1,
            "FDD": 0.0,
        }
        values["same"][f"clip {i:02}"] = {"LVE, max": error + chance.normal(0, 0.5)}
    return dict(values)


def test_rows_are_means_in_the_catalogues_order():
    values = made()
    rows = tabulate(values, overall={"rules": {"ΔCH": 0.25}})
    assert list(dict.fromkeys(row.metric for row in rows)) == ["LVE, max", "FDD", "sync confidence", "blink rate", "ΔCH"]
    for row in rows[:-1]:
        numbers = [clip[row.metric] for clip in values[row.generator].values()]
        assert row.mean == pytest.approx(np.mean(numbers))
        assert row.low <= row.mean + 1e-12
        assert row.mean <= row.high + 1e-12
        assert row.clips == len(numbers)
        assert row.unit == METRICS[row.metric].unit
    assert (rows[-1].generator, rows[-1].mean) == ("rules", 0.25)
    assert np.isnan(rows[-1].low)


def test_verdicts_go_with_the_direction_and_need_an_interval_clear_of_zero():
    found = {(d.generator, d.metric): d for d in compare(made(), "rules")}
    assert found["better", "LVE, max"].verdict == "better"
    assert found["better", "LVE, max"].mean == pytest.approx(-0.5, abs=0.1)
    assert found["better", "LVE, max"].wins > 0.9
    assert found["better", "sync confidence"].verdict == "better"
    assert found["same", "LVE, max"].verdict == "unclear"
    assert 0.2 < found["same", "LVE, max"].wins < 0.8
    assert found["better", "blink rate"].verdict == ""
    assert np.isnan(found["better", "blink rate"].wins)
    other = {(d.generator, d.metric): d for d in compare(made(), "better")}
    assert other["rules", "LVE, max"].verdict == "worse"
    assert other["rules", "LVE, max"].mean == pytest.approx(-found["better", "LVE, max"].mean)
    assert other["rules", "LVE, max"].wins == pytest.approx(1 - found["better", "LVE, max"].wins)


def test_pairing_sees_what_the_means_alone_do_not():
    values = made()
    rows = {(row.generator, row.metric): row for row in tabulate(values)}
    ours, theirs = rows["better", "LVE, max"], rows["rules", "LVE, max"]
    assert ours.high > theirs.low  # the intervals of the means overlap


def test_only_clips_that_both_have_are_compared_and_nan_is_absent():
    values = {
        "a": {"1": {"MLE": 1.0}, "2": {"MLE": float("nan")}, "3": {"MLE": 3.0}, "4": {}},
        "b": {"1": {"MLE": 2.0}, "2": {"MLE": 9.0}, "3": {"MLE": 3.0}, "5": {"MLE": 7.0}},
    }
    (found,) = compare(values, "a")
    assert (found.clips, found.mean, found.wins) == (2, 0.5, 0.25)
    assert [(row.generator, row.clips, row.mean) for row in tabulate(values)] == [("a", 2, 2.0), ("b", 4, 5.25)]


def test_rounding_is_no_difference():
    values = {g: {str(i): {"LVE, max": 1.0 + off, "my own": off} for i in range(9)} for g, off in (("a", 0.0), ("b", 1e-8))}
    found = {d.metric: d for d in compare(values, "a")}
    assert (found["LVE, max"].verdict, found["LVE, max"].wins) == ("unclear", 0.5)
    assert found["my own"].mean == pytest.approx(1e-8)


def test_a_folder_is_written_and_says_the_same_everywhere(tmp_path):
    values = made()
    report = write_report(
        tmp_path / "out", values, "rules", {"rules": {"ΔCH": 0.25}}, notes=("Split: test.",), title="Mien | test", resamples=200
    )
    folder = tmp_path / "out"
    assert {path.relative_to(folder).as_posix() for path in report.files} == {
        *("report.md", "report.csv", "differences.csv", "clips.csv", "plots/delta-ch.png"),
        *("plots/lve-max.png", "plots/fdd.png", "plots/sync-confidence.png", "plots/blink-rate.png"),
    }
    rows = list(csv.DictReader(io.StringIO((folder / "report.csv").read_text(encoding="utf-8"))))
    assert len(rows) == len(report.rows)
    for text, row in zip(rows, report.rows, strict=True):
        assert (text["metric"], text["generator"], float(text["mean"])) == (row.metric, row.generator, row.mean)
        assert text["low"] == ("" if np.isnan(row.low) else repr(row.low))
    clips = list(csv.DictReader(io.StringIO((folder / "clips.csv").read_text(encoding="utf-8"))))
    assert {(c["generator"], c["clip"], c["metric"]): float(c["value"]) for c in clips} == {
        (g, clip, name): value for g, found in values.items() for clip, one in found.items() for name, value in one.items()
    }
    differences = list(csv.DictReader(io.StringIO((folder / "differences.csv").read_text(encoding="utf-8"))))
    assert [d["verdict"] for d in differences] == [d.verdict for d in report.differences]
    page = (folder / "report.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| LVE, max (mm) ↓")]
    row = next(r for r in report.rows if (r.metric, r.generator) == ("LVE, max", "rules"))
    assert f"{row.mean:.4g} [{row.low:.4g}, {row.high:.4g}]" in table[0]
    assert "no number here may be compared with one that a paper printed" in page
    assert "* Split: test." in page
    for target in (part.split(")")[0] for part in page.split("](")[1:]):
        assert (folder / target).is_file()


def test_the_markdown_table_has_as_many_cells_in_every_row(tmp_path):
    values = {"a|b": {"1": {"MLE": 1.0}}, "c": {"1": {"MLE": 1.0, "my own": 3.0}}}
    write_report(tmp_path, values, "c", resamples=50, plots=False)
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    lines = page.split("\n## ")[0].splitlines()
    table = [line.replace("\\|", "") for line in lines if line.startswith("|")]
    assert len(table) == 4
    assert {line.count("|") for line in table} == {5}


def test_pictures_are_drawn_and_differ_with_the_numbers(tmp_path):
    write_report(tmp_path / "a", made(0), "rules", resamples=50)
    write_report(tmp_path / "b", made(1), "rules", resamples=50)
    write_report(tmp_path / "c", made(0), resamples=50)
    shown = [(tmp_path / name / "plots" / "lve-max.png").read_bytes() for name in "abc"]
    assert len(set(shown)) == 3
    for data in shown:
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (900, 360)
            colours = {tuple(c) for c in np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)}
            assert (0x00, 0x72, 0xB2) in colours  # the first generator's bar


def test_the_same_input_writes_the_same_bytes(tmp_path):
    one, two = (write_report(tmp_path / name, made(), "rules", resamples=50, seed=4) for name in "ab")
    assert [path.read_bytes() for path in one.files] == [path.read_bytes() for path in two.files]
    other = write_report(tmp_path / "c", made(), "rules", resamples=50, seed=5, plots=False)
    assert other.rows != one.rows


def test_groups_widen_intervals(tmp_path):
    chance = np.random.default_rng(0)
    speakers = np.repeat(np.arange(8), 10)
    values = {"a": {str(i): {"MLE": float(s + chance.normal(0, 0.1))} for i, s in enumerate(speakers)}}
    groups = {str(i): f"speaker {s}" for i, s in enumerate(speakers)}
    (alone,), (grouped,) = tabulate(values), tabulate(values, groups=groups)
    assert grouped.mean == alone.mean
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    write_report(tmp_path, values, groups=groups, resamples=50, plots=False)
    assert "groups (speakers)" in (tmp_path / "report.md").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="clip '3'"):
        tabulate(values, groups={k: v for k, v in groups.items() if k != "3"})


def test_what_cannot_be_reported_is_refused(tmp_path):
    for values in ({}, {"a": {}}, {"a": {"1": {"MLE": float("nan")}}}):
        with pytest.raises(InputError, match="nothing"):
            write_report(tmp_path / "out", values)
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="rules"):
        write_report(tmp_path, made(), "ruels")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_report(tmp_path / "file", made(), plots=False)


def test_no_two_metrics_share_a_picture():
    names = picture_names([*METRICS, "LVE max", "→", "", "../../etc"])
    assert len(set(names.values())) == len(names) == len(METRICS) + 4
    assert all(name == name.lower() and "/" not in name and name.endswith(".png") for name in names.values())
