"""Words on two ranks: rendered in shares, read in shares, and learnt together."""

from __future__ import annotations

import json
from pathlib import Path

from tests.ranks import run_ranks

PROGRAM = """
    import hashlib, json
    import torch
    from dataclasses import replace
    from dlhw.learning.device import configure
    from dlhw.learning.parallel import ALONE, close_ranks
    from dlhw.ocr.alphabet import Alphabet
    from dlhw.ocr.epochs import FreshWords
    from dlhw.ocr.network import Architecture, WordNetwork
    from dlhw.ocr.rendering import fonts
    from dlhw.ocr.rendering.rendered import rendered_words
    from dlhw.ocr.rendering.workers import Renderer
    from dlhw.ocr.settings import Settings
    from dlhw.ocr.temperature import read_greedily
    from dlhw.ocr.training import WordTask
    from dlhw.ocr.words.source import WordSource

    fonts.system_files = list
    compute = configure("cpu", 1)
    ranks, source = compute.ranks, WordSource.checked()
    row = rendered_words(source, "validation", seed=9, difficulty="plain")
    with Renderer(1) as alone, Renderer(1, ranks=ranks) as shared:
        words = shared.render(row, 0, 72)
        same_words = words.fingerprint() == alone.render(row, 0, 72).fingerprint()
        alphabet = Alphabet.from_texts(source.characters)

        def task(with_ranks):
            sizes = dict(channels=(4, 8, 8, 8, 16, 16), encoder=16, decoder=16, embedding=8, attention=8)
            torch.manual_seed(1)
            network = WordNetwork(Architecture(alphabet_size=alphabet.size, **sizes))
            settings = Settings.of_recipe(words=20, batch_size=8, average_decay=0.9)
            train = FreshWords(row, 20, shared if with_ranks.size > 1 else alone)
            return WordTask(settings, network, alphabet, train, words, replace(compute, ranks=with_ranks), words={})

        losses = {}
        for name, with_ranks in (("both", ranks), ("alone", ALONE)):
            one = task(with_ranks)
            one.model.train()
            one.begin_epoch(1)
            mine = torch.stack([one.train_step(step) for step in range(len(one.batch_sizes))])
            losses[name] = (with_ranks.sum_(mine) / with_ranks.size).tolist()
            if name == "both":
                both, sizes = one, one.loss_sizes.tolist()
        at_once, in_shares = (read_greedily(both.recognizer, words, ranks=each) for each in (ALONE, ranks))
        same_reading = at_once.texts == in_shares.texts and all(
            torch.equal(a, b) for a, b in zip(at_once.logits, in_shares.logits, strict=True)
        )
        tensors = both.evaluated.state_dict().values()
        weights = hashlib.sha256(b"".join(each.numpy().tobytes() for each in tensors)).hexdigest()
    print(json.dumps({"words": same_words, "reading": same_reading, "losses": losses, "weights": weights,
                      "letters": sizes == one.loss_sizes.tolist()}))
    close_ranks()
"""


def test_two_ranks_render_read_and_learn_the_words_of_one(tmp_path: Path) -> None:
    ended = run_ranks(PROGRAM, 2, tmp_path)
    assert [one.code for one in ended] == [0, 0], ended
    first, second = (json.loads(one.stdout) for one in ended)
    assert first == second  # the averaged weights too, to the last digit
    assert first["words"]
    assert first["reading"]
    assert first["letters"]
    for both, alone in zip(first["losses"]["both"], first["losses"]["alone"], strict=True):
        assert abs(both - alone) < 0.05 * alone  # batch normalisation sees half a batch
