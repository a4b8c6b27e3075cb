"""`rasd publish --space`: the demo goes up beside its model, with the same care."""

from __future__ import annotations

import pytest
from hub.conftest import OTHER_TOKEN, TOKEN
from hub.test_pushing import failing_at
from huggingface_hub import HfApi

from rasd.errors import PublishError
from rasd.hub.merging import split_card
from rasd.hub.pushing import Target, describe, push
from rasd.hub.space import make_space, plan_space

HERE = Target(repo_id="acme/demo", kind="space")
FILES = {"README.md", "app.py", "render_rasd.py", "requirements.txt"}


def publish(api, target=HERE):
    plan = plan_space(api, target, "acme/tiny")
    return push(api, plan, "Show"), plan


def text_of(hub, name, repo_id="acme/demo"):
    return hub.store.repos["space", repo_id].at("main").files[name].data.decode()


def test_space_goes_up_in_one_commit_and_a_second_time_nothing(hub, api):
    commit, plan = publish(api)
    assert describe(plan).startswith("space acme/demo: public, will be made")
    assert len(api.list_repo_commits("acme/demo", repo_type="space")) == 2, "the repository's own, and one"
    made = make_space("acme/tiny")
    assert all(text_of(hub, name) == made[name] for name in FILES - {"README.md"})
    assert split_card(text_of(hub, "README.md")) == split_card(made["README.md"])
    assert api.space_info("acme/demo").sdk == "gradio"
    again, plan = publish(api)
    assert again == commit and not plan.is_needed


def test_words_and_files_of_others_stay(hub, api):
    publish(api)
    card = text_of(hub, "README.md").replace("sdk: gradio\n", "sdk: gradio\nsuggested_hardware: t4-small\n")
    card = card.replace("[`acme/tiny`]", "spoilt") + "\n## Thanks\n\nTo all readers.\n"
    for name, text in (("README.md", card), ("logo.svg", "<svg/>"), ("app.py", "old")):
        api.upload_file(repo_id="acme/demo", repo_type="space", path_or_fileobj=text.encode(), path_in_repo=name)
    _, plan = publish(api)
    assert {file.name for file in plan.changed} == {"README.md", "app.py"} and plan.kept == ("logo.svg",)
    card = text_of(hub, "README.md")
    assert "suggested_hardware: t4-small" in card and card.endswith("## Thanks\n\nTo all readers.\n")
    assert (
        "[`acme/tiny`]" in card and "spoilt" not in card and text_of(hub, "app.py") == make_space("acme/tiny")["app.py"]
    )


def test_space_of_a_private_model_is_made_private(hub, api):
    push(api, plan_space(api, HERE, "acme/tiny", shows_private=True), "Show")
    assert hub.store.repos["space", "acme/demo"].private
    plan = plan_space(api, HERE, "acme/tiny", shows_private=False)
    assert "space acme/demo: private, there already" in describe(plan)


def test_space_of_something_else_is_refused(hub, api):
    api.create_repo("acme/demo", repo_type="space", space_sdk="gradio")
    api.upload_file(repo_id="acme/demo", repo_type="space", path_or_fileobj=b"theirs", path_in_repo="app.py")
    with pytest.raises(PublishError, match="the Space 'acme/demo' shows something else already; choose another name"):
        publish(api)
    assert text_of(hub, "app.py") == "theirs"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("hf_wrong", "the Hub does not know your token"),
        (OTHER_TOKEN, "has no right to do this with the space 'acme/demo'"),
    ],
)
def test_token_that_does_not_do_is_one_error(hub, token, message):
    with pytest.raises(PublishError, match=message):
        publish(HfApi(endpoint=hub.url, token=token))
    assert not hub.store.repos


def test_what_breaks_goes_on_when_run_again(hub, api):
    hub.hold = failing_at("/commit/")
    with pytest.raises(PublishError, match="'acme/demo' was made and is still empty; the same command goes on"):
        publish(api)
    hub.hold = None
    publish(api)
    assert split_card(text_of(hub, "README.md")) == split_card(make_space("acme/tiny")["README.md"])


def test_command_puts_up_model_and_space(hub, run, folder, checked, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    words = ("publish", "--checkpoint", folder, "--repo-id", "acme/tiny", "--space")
    code, out, _ = run(*words, "acme/demo", "--dry-run")
    assert code == 0 and not hub.store.repos
    checked()
    shown = out.split("space acme/demo: public, will be made\n")[1]
    assert all(f"new      {name} " in shown for name in FILES) and shown.endswith("dry run: nothing was sent\n")
    code, _, err = run(*words, "acme/demo", "--revision", "next")
    assert code == 2 and "--space shows the main branch" in err
    code, _, err = run(*words, "demo", "--yes")
    assert code == 2 and "--space 'demo': expected ORG/NAME" in err and not hub.store.repos
    code, out, _ = run(*words, "--yes")
    assert code == 0 and f"{hub.url}/spaces/acme/tiny is at commit" in out and "`space: acme/tiny`" in out
    assert set(hub.store.repos) == {("model", "acme/tiny"), ("space", "acme/tiny")}
    card = hub.store.repos["model", "acme/tiny"].at("main").files["README.md"].data.decode()
    assert "https://huggingface.co/spaces/acme/tiny" in card
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    code, out, _ = run(*words, "--dry-run")
    assert code == 0 and "and in the Space acme/tiny:\n" in out and "  render_rasd.py " in out
