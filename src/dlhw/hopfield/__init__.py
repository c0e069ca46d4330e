"""Question 1: the Hopfield energy, the concave–convex procedure, and attention.

The public parts, in reading order::

    Energy(patterns, beta)      E, E₁, E₂, gradient, Hessian          dlhw.hopfield.energy
    check_claims(...)           the derivation, tested on numbers     dlhw.hopfield.claims
    MUTATIONS                   classic mistakes the checks catch     dlhw.hopfield.mutations
    retrieve(...)               the iteration, as a Trajectory        dlhw.hopfield.cccp
    certify(...)                how far the fixed point can be        dlhw.hopfield.certificate
    separate(...)               which pattern can be retrieved        dlhw.hopfield.separation
    compare_attention(...)      one update is cross-attention         dlhw.hopfield.attention
"""
