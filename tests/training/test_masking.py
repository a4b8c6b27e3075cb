"""Masked words: chosen whole, about 15%, drawn anew each epoch and the same again for the same epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rasd.training.masking import LengthGroupedOrder, MaskingCollator, Rows, choose_words

MASK, PAD = 4, 0
ORDINARY = np.arange(10, 60)
COLLATOR = MaskingCollator(mask_token_id=MASK, pad_token_id=PAD, ordinary_ids=ORDINARY, max_length=512, seed=13)


def example(sizes, *, epoch=0, row=0):
    """A window of words with so many pieces each; 2 and 3 stand around it, 1 for what is unknown ends it."""
    words = np.repeat(np.arange(len(sizes)), sizes)
    ids = np.concatenate([[2], 100 + np.arange(len(words)), [1, 3]])
    return {"input_ids": ids, "words": np.concatenate([[-1], words, [-1, -1]]), "epoch": epoch, "row": row}


def examples(number, *, epoch=0, num_words=40):
    sizes = np.random.default_rng(5).integers(1, 5, (number, num_words))
    return [example(row, epoch=epoch, row=i) for i, row in enumerate(sizes)]


def collate(items, collator=COLLATOR):
    batch = {name: value.numpy() for name, value in collator(items).items()}
    original, words = (
        np.stack(
            [
                np.pad(item[name], (0, batch["labels"].shape[1] - len(item[name])), constant_values=fill)
                for item in items
            ]
        )
        for name, fill in (("input_ids", PAD), ("words", -1))
    )
    return batch["input_ids"], batch["labels"], batch["attention_mask"], original, words


def test_words_are_chosen_whole_and_nothing_else_is():
    ids, labels, mask, original, words = collate(examples(50))
    chosen = labels != -100
    assert not chosen[words < 0].any()
    for row in range(len(ids)):
        assert not set(words[row][chosen[row]]) & set(words[row][~chosen[row]])
    assert (labels[chosen] == original[chosen]).all() and (ids[~chosen] == original[~chosen]).all()
    assert (mask == (original != PAD)).all()


def test_special_tokens_and_padding_stay():
    ids, labels, mask, original, words = collate([example([3] * 60), example([1, 2], row=1)])
    assert (ids[1, 6:] == PAD).all() and (mask[1] == [1] * 6 + [0] * (ids.shape[1] - 6)).all()
    assert (ids[words < 0] == original[words < 0]).all() and (labels[words < 0] == -100).all()


def test_a_word_has_one_fate_for_all_its_pieces():
    ids, labels, _, original, words = collate(examples(300))
    fates = {"mask": 0, "random": 0, "kept": 0}
    for row, word in {(row, words[row, at]) for row, at in np.argwhere(labels != -100)}:
        here = words[row] == word
        is_mask, is_kept = ids[row][here] == MASK, ids[row][here] == original[row][here]
        assert is_mask.all() or not is_mask.any()
        assert is_kept.all() or not is_kept.any()
        fates["mask" if is_mask.all() else "kept" if is_kept.all() else "random"] += 1
        if not is_mask.any() and not is_kept.any():
            assert np.isin(ids[row][here], ORDINARY).all()
    shares = np.array(list(fates.values())) / sum(fates.values())
    assert np.abs(shares - [0.8, 0.1, 0.1]).max() < 0.03


@pytest.mark.parametrize("num_words", [8, 13, 40])
def test_share_is_near_15_percent_of_pieces_and_words(num_words):
    _, labels, _, _, words = collate(examples(500, num_words=num_words))
    assert abs((labels != -100).sum() / (words >= 0).sum() - 0.15) < 0.01


def test_short_window_has_a_word_to_guess():
    _, labels, *_ = collate([example([2], row=i) for i in range(20)])
    assert ((labels != -100).sum(1) == 2).all()


def test_choice_takes_the_share_of_each_window():
    words = np.array([[-1, *range(20), -1], [-1, 0, 1, *[-1] * 19]])
    chosen = choose_words(words, np.random.default_rng(0).random(words.shape), np.array([0.4, 0.0]))
    assert chosen.sum(1).tolist() == [3, 1]


def test_masks_are_new_each_epoch_and_the_same_again():
    first, again, other = (COLLATOR(examples(8, epoch=epoch))["labels"] for epoch in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_masks_do_not_depend_on_the_batch():
    items = examples(8)
    together, alone = COLLATOR(items), COLLATOR(items[5:6])
    size = len(items[5]["input_ids"])
    for name in ("input_ids", "labels"):
        assert torch.equal(together[name][5, :size], alone[name][0, :size])


def test_batch_is_not_padded_beyond_what_the_encoder_reads():
    collator = MaskingCollator(mask_token_id=MASK, pad_token_id=PAD, ordinary_ids=ORDINARY, max_length=15, seed=1)
    assert collator([example([1] * 12)])["input_ids"].shape == (1, 15)
    assert COLLATOR([example([1] * 12)])["input_ids"].shape == (1, 16)


@pytest.mark.parametrize("total", [3, 10, 1003])
def test_each_epoch_has_every_window_once_in_an_order_of_its_own(total):
    lengths = np.random.default_rng(2).integers(4, 200, total)
    order = LengthGroupedOrder(lengths, batch_size=4, seed=13)
    first, again = list(order), list(order)
    order.epoch = 1
    second = list(order)
    assert first == again and {epoch for epoch, _ in first} == {0} and {epoch for epoch, _ in second} == {1}
    assert sorted(row for _, row in first) == sorted(row for _, row in second) == list(range(total))
    assert total < 5 or [row for _, row in first] != [row for _, row in second]


def test_batches_are_of_like_length_and_the_longest_comes_first():
    lengths = np.random.default_rng(2).integers(4, 200, 1003)
    rows = np.array([row for _, row in LengthGroupedOrder(lengths, batch_size=4, seed=13)][:1000])
    batches = lengths[rows].reshape(-1, 4)
    assert (batches.max(1) - batches.min(1)).mean() < 10
    assert batches[0].max() == batches.max()
    # Neighbours differ: lengths neither rise nor fall through the epoch.
    assert np.abs(np.diff(batches.mean(1))).mean() > 30


def test_rows_carry_their_epoch():
    import datasets

    rows = Rows(
        datasets.Dataset.from_dict({"input_ids": [[2, 9, 3], [2, 8, 7, 3]], "words": [[-1, 0, -1], [-1, 0, 0, -1]]})
    )
    [first, second] = rows.__getitems__([(3, 1), 0])
    assert (first["epoch"], first["row"], first["words"].tolist()) == (3, 1, [-1, 0, 0, -1])
    assert (second["epoch"], second["row"], second["input_ids"].tolist()) == (-1, 0, [2, 9, 3])
    assert rows[1]["input_ids"].tolist() == [2, 8, 7, 3] and len(rows) == 2
