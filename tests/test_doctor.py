"""What the doctor finds in whole and in broken installations."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from rasd import doctor
from rasd.cli import main

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def find(checks, name):
    return next(check for check in checks if check.name == name)


def without(monkeypatch, *names):
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name in names else real(name))


def test_packages_are_those_of_the_project_file():
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]

    def parse(requirements):
        found = (re.fullmatch(r"([\w-]+)[>=]=([\d.]+)", item) for item in requirements if not item.startswith("rasd["))
        return {match[1]: match[2] for match in found}

    assert {name: least for name, least in doctor.NEEDED.items() if name != "tokenizers"} == {
        name: least for name, least in parse(project["dependencies"]).items() if name != "tokenizers"
    }
    assert {extra: parse(items) for extra, items in project["optional-dependencies"].items()} == doctor.EXTRAS


def test_whole_installation_can_predict(capsys):
    assert main(["doctor", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    checks = {check["name"]: check for check in record["checks"]}
    assert record["can_predict"] and all(checks[name]["is_ok"] for name in ("python", "rasd", "transformers"))
    assert re.search(r"(CPU|CUDA .*|ROCm .*) build, \d+ threads; devices: cpu", checks["torch"]["found"])
    assert "conflict" in checks["ontologies"]["found"]


def test_missing_extra_comes_with_its_command_and_does_not_hinder(monkeypatch):
    without(monkeypatch, "onnxruntime")
    checks = doctor.run_checks()
    check = find(checks, "extra [onnx]")
    assert not check.is_ok and check.found == "not installed: onnxruntime"
    assert check.mend.endswith(f"pip install -e '{PROJECT.parent}[onnx]'")
    assert doctor.can_predict(checks)


def test_missing_extra_of_an_installed_package_is_installed_by_name(monkeypatch, tmp_path):
    without(monkeypatch, "datasets")
    monkeypatch.setattr(doctor.rasd, "__file__", str(tmp_path / "rasd" / "__init__.py"))
    assert doctor._check_extra("train").mend.endswith("pip install '.[train]'   (in a clone of the repository)")


def test_missing_package_fails_and_says_what_installs_it(monkeypatch, capsys):
    without(monkeypatch, "safetensors")
    assert main(["doctor"]) == 2
    report = capsys.readouterr().out
    assert re.search(r"FAILED +safetensors +not installed\n +-> .*pip install 'safetensors>=", report)
    assert report.endswith("rasd cannot predict; mend what FAILED\n")


@pytest.mark.parametrize(("there", "absent"), [("onnxruntime", "openvino"), ("openvino", "onnxruntime")])
def test_torch_and_its_like_are_not_needed_where_graphs_can_be_run(monkeypatch, there, absent):
    pytest.importorskip(there)
    without(monkeypatch, "torch", "transformers", "safetensors", absent)
    checks = doctor.run_checks()
    assert not find(checks, "torch").is_ok and doctor.can_predict(checks)
    without(monkeypatch, "torch", "onnxruntime", "openvino")
    assert not doctor.can_predict(doctor.run_checks())


def test_old_package_is_to_be_upgraded(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: "5.3.9.dev0")
    check = doctor._check_package("transformers", "5.4")
    assert not check.is_ok and check.found == "5.3.9.dev0, older than 5.4"
    assert check.mend.endswith("pip install --upgrade 'transformers>=5.4'")


def test_package_that_cannot_be_imported_fails(monkeypatch):
    def fail(name):
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(doctor, "import_module", fail)
    check = doctor._check_package("numpy", "1.26")
    assert not check.is_ok and "cannot be imported: OSError: libgomp" in check.found


def test_cache_that_cannot_be_written_comes_with_a_way_out(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "file" / "hub"))
    check = doctor._check_cache()
    assert not check.is_ok and check.mend.startswith("export HF_HOME=")


def test_hub_is_asked_only_when_online(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://hub.invalid")
    assert not [check for check in doctor.run_checks() if check.name == "hub"]
    check = find(doctor.run_checks(is_online=True), "hub")
    assert not check.is_ok and not check.is_needed and "no network" in check.found


def test_model_is_loaded_and_predicts(tiny_checkpoint, tmp_path):
    good = find(doctor.run_checks(model=str(tiny_checkpoint)), "model")
    assert good.is_ok and re.search(r"\d+ event types of 'conflict'; \d+ events in a sentence", good.found)
    bad = find(doctor.run_checks(model=str(tmp_path)), "model")
    assert not bad.is_ok and bad.is_needed and "has no config.json" in bad.found


def test_damaged_model_is_reported(tiny_checkpoint, tmp_path, monkeypatch, capsys):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    record = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(record | {"max_length": "512"}))
    assert main(["doctor", "--model", str(folder)]) == 2
    assert re.search(r"FAILED +model .*config\.json .*'max_length'", capsys.readouterr().out)

    def fail(*arguments, **options):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr("rasd.inference.extractor.EventExtractor.predict", fail)
    check = find(doctor.run_checks(model=str(tiny_checkpoint)), "model")
    assert not check.is_ok and "RuntimeError: CUDA error" in check.found
