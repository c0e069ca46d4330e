"""Teacher forcing: given texts are read along. How probable the network finds them, and where it looks for each letter.

Williams, Zipser, "A learning algorithm for continually running fully recurrent neural networks", 1989.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dlhw.ocr.alphabet import END, PAD, START
from dlhw.ocr.decoding.interface import Candidate, MemoryT, StateT, StepNetwork, log_probabilities, select_hypotheses


class TeacherForced:
    """A decoder that does not search: every image has its texts already.

    Args:
        texts: the characters' numbers of each image's texts, without ``END``; an image may have none.
    """

    def __init__(self, texts: Sequence[Sequence[Sequence[int]]]) -> None:
        self._texts = texts

    @torch.inference_mode()
    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """The texts of each image in their order, with log P(text | image); see ``Decoder``."""
        rows = range(len(memory.mask)) if indices is None else indices
        wanted = [self._texts[row] for row in rows]
        width = max(map(len, wanted), default=0)
        if not width:
            return [[] for _ in wanted]
        targets = _targets(wanted, width).to(memory.mask.device)  # (B, K, L), PAD where a row has no such text
        state = select_hypotheses(network.begin(memory), torch.zeros_like(targets[:, :, 0]))
        tokens = torch.full_like(targets[:, :, 0], START)
        totals = torch.zeros(targets.shape[:2], device=targets.device)
        looks: list[Tensor] = []
        letters: list[Tensor] = []
        for target in targets.unbind(dim=2):  # (B, K) L times
            logits, state, looked = network.step(tokens, state, memory)
            found = log_probabilities(logits).gather(2, target.clamp_min(END)[:, :, None])[:, :, 0]
            totals += found.masked_fill(target == PAD, 0.0)
            letters.append(found)
            tokens = target.clamp_min(START)  # behind the end anything may stand, as nothing of it counts
            if attention:
                looks.append(looked.float())
        seen = torch.stack(looks, dim=2).cpu().numpy() if attention else None  # (B, K, L, T)
        spelled = torch.stack(letters, dim=2).tolist()  # (B, K, L)
        extents = memory.mask.sum(dim=1).tolist()
        return [
            [
                Candidate(
                    tokens=tuple(text),
                    log_probability=log_probability,
                    truncated=False,
                    letters=tuple(spelled[row][k][: len(text)]),
                    attention=None if seen is None else seen[row, k, : len(text), : extents[row]],
                )
                for k, (text, log_probability) in enumerate(zip(texts, totals[row].tolist(), strict=False))
            ]
            for row, texts in enumerate(wanted)
        ]


def _targets(wanted: Sequence[Sequence[Sequence[int]]], width: int) -> Tensor:
    longest = max(len(text) for texts in wanted for text in texts) + 1
    targets = torch.full((len(wanted), width, longest), PAD)
    for row, texts in enumerate(wanted):
        for k, text in enumerate(texts):
            targets[row, k, : len(text) + 1] = torch.tensor([*text, END])
    return targets
