"""What `run.json` says of the runs before its own."""

from __future__ import annotations

import json
import logging

from rasd.training.saving import read_origin

RUN = {"config": {"name": "a"}, "data": {}, "num_train_sentences": 3, "num_dev_sentences": 1, "dev_scores": {"f1": 1}}


def test_origin_holds_what_a_card_needs_of_every_run_before(tmp_path):
    first = {name: value for name, value in RUN.items() if name != "dev_scores"} | {"before": None}
    (tmp_path / "run.json").write_text(json.dumps(RUN | {"before": first}), encoding="utf-8")
    assert read_origin(str(tmp_path)) == first | {"before": first}


def test_checkpoint_without_a_record_is_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert read_origin(str(tmp_path)) is None
        (tmp_path / "run.json").write_text("[]", encoding="utf-8")
        assert read_origin(str(tmp_path)) is None
    assert len(caplog.records) == 2 and "no record of what the checkpoint was trained on" in caplog.text
