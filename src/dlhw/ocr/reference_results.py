"""What the homework's report says of Question 3, on data it does not name and that are no images of words.

Shown beside rendered words alone: of the user's own words, or of a network that was trained before, it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ReferenceResults:
    """A column beside ours, never a mark to be beaten."""

    best_validation_error: float
    cer: float
    wer: float


REFERENCE_RESULTS = {
    False: ReferenceResults(best_validation_error=0.3061, cer=0.3165, wer=0.8090),
    True: ReferenceResults(best_validation_error=0.2138, cer=0.2072, wer=0.7160),
}
"""Without and with attention: parts a and b."""

REPORTED_PROPOSALS = {"cer": 0.2255, "wer": 0.7540, "wer_at_3": 0.6400}
"""Part c: with attention, sampling three words an image."""
