"""Pushing to a Hub: one commit, nothing half-done, nothing of others lost, one error for whatever goes wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from hub.conftest import OTHER_TOKEN, TOKEN
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import HTTPError
from loopback.store import Refusal

from rasd.errors import HubUnreachableError, PublishError
from rasd.hub.checks import check_release
from rasd.hub.flatten import REMOTE_FILES, complete_checkpoint, write_remote_code
from rasd.hub.publish import plan_release
from rasd.hub.pushing import File, Target, describe, push

HERE = Target(repo_id="acme/tiny")
FILES = {
    *REMOTE_FILES,
    "README.md",
    "config.json",
    "model.safetensors",
    "run.json",
    "scores.json",
    "tokenizer.json",
    "tokenizer_config.json",
}


def publish(api, release, target=HERE, **options):
    plan = plan_release(api, release, target, **options)
    return push(api, plan, "Publish"), plan


def num_commits(api, repo_id="acme/tiny"):
    return len(api.list_repo_commits(repo_id))


def names(files):
    return {file.name for file in files}


def test_everything_goes_up_in_one_commit_and_a_second_time_nothing(hub, api, release):
    commit, plan = publish(api, release)
    assert names(plan.new) == FILES and not plan.changed
    assert num_commits(api) == 2, "the repository's own, and one"
    assert set(api.list_repo_files("acme/tiny")) == FILES | {".gitattributes"}
    assert api.model_info("acme/tiny").sha == commit
    asked = len(hub.asked)
    again, plan = publish(api, release)
    assert again == commit and plan.same == tuple(sorted(FILES)) and not plan.is_needed
    assert "nothing to send: all is there" in describe(plan)
    assert not [path for method, path, _ in hub.asked[asked:] if method in ("POST", "PUT", "DELETE")]


@pytest.mark.parametrize("sha256", [None, hashlib.sha256(b"mine").hexdigest()], ids=["git", "large"])
def test_file_of_the_same_size_is_told_apart(sha256):
    blob_id = hashlib.sha1(b"blob 4\0mine").hexdigest()
    assert File("a", b"mine").is_same(4, blob_id, sha256) and not File("a", b"thin").is_same(4, blob_id, sha256)


def test_plan_says_what_changes_and_files_of_others_are_kept(api, release):
    publish(api, release)
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=b"{}", path_in_repo="run.json")
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=b"theirs", path_in_repo="samples/one.txt")
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=b"old", path_in_repo="robustness.json")
    _, plan = publish(api, release)
    assert names(plan.changed) == {"run.json"} and plan.removed == ("robustness.json",)
    assert plan.kept == ("samples/one.txt",)
    shown = describe(plan)
    for line in (
        "model acme/tiny: public, there already",
        "changed  run.json",
        "removed  robustness.json",
        "kept     samp",
    ):
        assert line in shown
    assert "same     model.safetensors" in shown and "one commit, " in shown
    assert set(api.list_repo_files("acme/tiny")) == FILES | {".gitattributes", "samples/one.txt"}


def test_code_goes_up_fresh_and_the_folder_stays_as_it_is(hub, api, folder):
    write_remote_code(folder)
    (folder / "modeling_rasd.py").write_text("# of an older version\n")
    (folder / "README.md").write_text("# by hand\n\nIt is mine.\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    publish(api, check_release(folder))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    there = hub.store.repos["model", "acme/tiny"].at("main").files
    for name, text in complete_checkpoint(folder).items():
        assert there[name].data.decode() == text, name
    config = json.loads(there["config.json"].data)
    assert "event-extraction" in config["custom_pipelines"] and "AutoModel" in config["auto_map"]
    assert there["README.md"].data.decode().endswith("# by hand\n\nIt is mine.\n")
    # Of this machine nothing is told, whose folders are those of the run and of the test itself.
    told = {name: blob.data.decode() for name, blob in there.items() if blob.data}
    assert [name for name, text in told.items() if "someone" in text or str(folder.parents[1]) in text] == []


def test_code_of_an_earlier_version_goes_where_the_config_names_it(api, release):
    publish(api, release)
    config = {
        "model_type": "rasd",
        "auto_map": {"AutoModel": "older_rasd.Model", "AutoConfig": "acme/x--theirs.Config"},
    }
    for name, data in (("config.json", json.dumps(config)), ("older_rasd.py", "x = 1"), ("theirs.py", "y = 1")):
        api.upload_file(repo_id="acme/tiny", path_or_fileobj=data.encode(), path_in_repo=name)
    _, plan = publish(api, release)
    assert plan.removed == ("older_rasd.py",) and plan.kept == ("theirs.py",)


def test_words_of_others_stay_in_the_card(hub, api, release):
    publish(api, release)
    card = Path(api.hf_hub_download("acme/tiny", "README.md")).read_text(encoding="utf-8")
    begin, end = "<!-- rasd:begin use -->", "<!-- rasd:end use -->"
    use = card[card.index(begin) : card.index(end)]
    foreign = card.replace(use, begin + "\nspoilt\n").replace("# tiny\n", "# tiny\n\nOur newsroom runs it daily.\n")
    foreign = foreign.replace("language:", "thumbnail: logo.png\nlanguage:") + "\n## Thanks\n\nTo all readers.\n"
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=foreign.encode(), path_in_repo="README.md")
    _, plan = publish(api, release, card_only=True)
    assert names(plan.changed) == {"README.md"}
    merged = Path(api.hf_hub_download("acme/tiny", "README.md")).read_text(encoding="utf-8")
    assert use in merged and "spoilt" not in merged and "thumbnail: logo.png" in merged
    assert "Our newsroom runs it daily." in merged and merged.endswith("\n## Thanks\n\nTo all readers.\n")


def test_branch_and_tag_are_made_and_main_stays(api, release):
    first, _ = publish(api, release)
    target = dataclasses.replace(HERE, revision="try/one", tag="v2")
    changed = dataclasses.replace(release, settings={"name": "Tiny Two"})
    second, _ = publish(api, changed, target)
    refs = api.list_repo_refs("acme/tiny")
    assert {branch.name: branch.target_commit for branch in refs.branches} == {"main": first, "try/one": second}
    assert {tag.name: tag.target_commit for tag in refs.tags} == {"v2": second}
    again, plan = publish(api, changed, target)
    assert again == second and not plan.is_needed


def test_private_repository_is_seen_by_its_owners_alone(hub, api, release):
    publish(api, release, dataclasses.replace(HERE, private=True))
    assert api.model_info("acme/tiny").private is True
    assert not HfApi(endpoint=hub.url, token=OTHER_TOKEN).repo_exists("acme/tiny")


def test_private_does_not_silently_leave_a_public_repository_public(api, release):
    publish(api, release)
    with pytest.raises(PublishError, match="'acme/tiny' is public already, and --private would not hide it"):
        publish(api, release, dataclasses.replace(HERE, private=True))


def test_tag_that_stands_elsewhere_is_refused_before_anything_is_sent(api, release):
    publish(api, release, dataclasses.replace(HERE, tag="v1"))
    changed = dataclasses.replace(release, settings={"name": "Tiny Two"})
    with pytest.raises(PublishError, match="the tag 'v1' of 'acme/tiny' stands at commit"):
        publish(api, changed, dataclasses.replace(HERE, tag="v1"))
    assert num_commits(api) == 2


def test_name_of_another_model_is_refused(api, release):
    api.create_repo("acme/tiny")
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=b'{"model_type": "bert"}', path_in_repo="config.json")
    with pytest.raises(
        PublishError, match="'acme/tiny' holds another model already, of type 'bert'; choose another name"
    ):
        publish(api, release)


def test_weights_of_another_library_are_not_overwritten(api, release):
    api.create_repo("acme/tiny")
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=b"x", path_in_repo="adapter_model.safetensors")
    with pytest.raises(PublishError, match=r"holds another model already, with adapter_model\.safetensors"):
        publish(api, release)


def test_commit_of_somebody_else_in_between_is_never_overwritten(hub, api, release):
    publish(api, release)
    changed = dataclasses.replace(release, settings={"name": "Tiny Two"})
    plan = plan_release(api, changed, HERE)
    theirs = api.upload_file(repo_id="acme/tiny", path_or_fileobj=b"x", path_in_repo="theirs.txt").oid
    with pytest.raises(
        PublishError, match=r"somebody changed 'acme/tiny' while it was being published\. On the Hub, nothing"
    ):
        push(api, plan, "Publish")
    assert api.model_info("acme/tiny").sha == theirs
    publish(api, changed)
    assert "theirs.txt" in api.list_repo_files("acme/tiny")


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (False, "there is no token to publish with; log in with `hf auth login`, or set HF_TOKEN"),
        ("hf_wrong", "the Hub does not know your token .*nothing was changed"),
        ("hf_سر", "your token holds letters that no token of the Hub has; log in .*nothing was changed"),
        (
            OTHER_TOKEN,
            "your token has no right to do this with the model 'acme/tiny'; use one that may write to 'acme'",
        ),
    ],
)
def test_token_that_does_not_do_is_one_error(hub, release, token, message):
    with pytest.raises(PublishError, match=message) as caught:
        publish(HfApi(endpoint=hub.url, token=token), release)
    assert "\n" not in str(caught.value) and not hub.store.repos
    assert not isinstance(token, str) or token not in str(caught.value), "a token is never shown"


def test_private_repository_of_others_is_a_name_conflict(hub, api, release):
    api.create_repo("acme/tiny", private=True)
    with pytest.raises(PublishError, match="your token has no right"):
        publish(HfApi(endpoint=hub.url, token=OTHER_TOKEN), release)


def test_hub_that_cannot_be_reached_is_one_error(hub, api, release):
    hub.shutdown()
    hub.server_close()
    with pytest.raises(
        PublishError, match=rf"the Hub at {hub.url} cannot be reached .*; check the network. On the Hub, noth"
    ):
        publish(api, release)


def test_offline_mode_is_one_error(hub, api, release, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PublishError, match=r"HF_HUB_OFFLINE is set, so the Hub is not asked .*unset it to go online"):
        publish(api, release)


def failing_at(part):
    """Make the server refuse what goes to a path, as it stands before a network breaks."""

    def hold(method, path):
        if method in ("POST", "PUT") and part in path:
            raise Refusal(418, "the line is broken")

    return hold


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("/storage/", "'acme/tiny' was made and is still empty"),
        ("/commit/", "'acme/tiny' was made and is still empty"),
        ("/tag/", "the files are there, as commit [0-9a-f]{40}, without the tag"),
    ],
    ids=["upload", "commit", "tag"],
)
def test_what_breaks_leaves_nothing_half_done_and_goes_on_when_run_again(hub, api, release, part, left):
    target = dataclasses.replace(HERE, tag="v1")
    hub.hold = failing_at(part)
    with pytest.raises(PublishError, match=f"{left}; the same command goes on from there"):
        publish(api, release, target)
    there = set(api.list_repo_files("acme/tiny"))
    assert there == (FILES | {".gitattributes"} if part == "/tag/" else {".gitattributes"})
    hub.hold, before = None, len(hub.asked)
    commit, _ = publish(api, release, target)
    assert num_commits(api) == 2 and api.list_repo_refs("acme/tiny").tags[0].target_commit == commit
    sent_again = [path for method, path, _ in hub.asked[before:] if method == "PUT"]
    assert len(sent_again) == (part == "/storage/"), "the weights are sent once"


def test_branch_that_was_made_before_the_line_broke_is_told(hub, api, release):
    publish(api, release)
    changed = dataclasses.replace(release, settings={"name": "Tiny Two"})
    hub.hold = failing_at("/commit/")
    with pytest.raises(PublishError, match="the branch 'next' of 'acme/tiny' was made, and the files are not there"):
        publish(api, changed, dataclasses.replace(HERE, revision="next"))


def test_commit_whose_answer_is_lost_is_found_on_the_hub(api, release, monkeypatch):
    def commit(*arguments, **options):
        done(*arguments, **options)
        raise HTTPError("the line is broken")

    done = api.create_commit
    monkeypatch.setattr(api, "create_commit", commit)
    with pytest.raises(PublishError, match=r"cannot be reached .* the files are there, as commit [0-9a-f]{40}"):
        publish(api, release, dataclasses.replace(HERE, tag="v1"))
    commit, plan = publish(api, release, dataclasses.replace(HERE, tag="v1"))
    assert not plan.is_needed and num_commits(api) == 2
    assert [tag.target_commit for tag in api.list_repo_refs("acme/tiny").tags] == [commit]


def test_lost_line_is_not_said_to_have_changed_nothing(api, release, monkeypatch):
    def break_off(*arguments, **options):
        monkeypatch.setattr(api, "whoami", break_off)
        raise HTTPError("the line is broken")

    monkeypatch.setattr(api, "create_commit", break_off)
    with pytest.raises(HubUnreachableError, match="is still empty as far as was answered, and the last step may have"):
        publish(api, release)


def test_card_alone_leaves_the_weights_and_tells_of_no_others(api, release):
    with pytest.raises(PublishError, match="'acme/tiny' on the Hub does not have the weights of "):
        publish(api, release, card_only=True)
    publish(api, release)
    changed = dataclasses.replace(release, settings={"name": "Tiny Two"})
    _, plan = publish(api, changed, card_only=True)
    assert names(plan.changed) == {"README.md"} and not plan.new and not plan.removed
    other = dataclasses.replace(release, weights_sha256="0" * 64)
    with pytest.raises(PublishError, match="publish all of it, without --update-card-only"):
        publish(api, other, card_only=True)
    other = dataclasses.replace(release, config={**release.config, "trigger_threshold": 0.9})
    with pytest.raises(PublishError, match=r"does not have the settings in config\.json of "):
        publish(api, other, card_only=True)
    api.upload_file(repo_id="acme/tiny", path_or_fileobj=b"{}", path_in_repo="tokenizer.json")
    with pytest.raises(PublishError, match="does not have the tokenizer of "):
        publish(api, release, card_only=True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"repo_id": "tiny"}, "expected ORG/NAME"),
        ({"repo_id": "a/b/c"}, "expected ORG/NAME"),
        ({"repo_id": "acme/tiny", "tag": "v 1"}, "--tag 'v 1': expected letters"),
        ({"repo_id": "acme/tiny", "revision": "-x"}, "--revision '-x': expected letters"),
    ],
)
def test_names_that_cannot_be_are_refused(settings, message):
    with pytest.raises(PublishError, match=message):
        Target(**settings)


def answer_with(answer):
    """Return what stands in for `input`."""

    def ask(question):
        if answer is EOFError:
            raise EOFError
        return answer

    return ask


def test_command_shows_asks_and_pushes(hub, run, folder, checked, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    words = ("publish", "--checkpoint", folder, "--repo-id", "acme/tiny", "--tag", "v1")
    code, out, _ = run(*words, "--dry-run", "--save-card", folder.parent / "card.md")
    assert code == 0 and "will be made" in out and out.endswith("dry run: nothing was sent\n")
    assert (folder.parent / "card.md").read_text(encoding="utf-8").startswith("---\n") and not hub.store.repos
    checked()
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, _, err = run(*words)
    assert code == 2 and "nobody is there to ask" in err and not hub.store.repos
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer in ("n", "", EOFError):
        monkeypatch.setattr("builtins.input", answer_with(answer))
        code, out, _ = run(*words)
        assert code == 0 and out.endswith("nothing was sent\n") and not hub.store.repos
    code, out, _ = run(*words, "--yes")
    assert code == 0 and 'load it with rasd.load("acme/tiny", revision="v1")' in out
    code, _, err = run(*words, "--dry-run", "--private")
    assert code == 2 and "is public already" in err, "what the Hub would refuse"
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    code, _, err = run(*words, "--dry-run")
    assert code == 2 and err.startswith("rasd publish: the Hub does not know your token")


def test_dry_run_without_a_network_shows_what_there_is_here(run, folder):
    code, out, err = run("publish", "--checkpoint", folder, "--repo-id", "acme/tiny", "--dry-run")
    assert (code, err) == (0, "") and "  model.safetensors " in out and "not compared with the Hub: " in out
