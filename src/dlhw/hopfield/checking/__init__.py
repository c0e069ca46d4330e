"""Other people's functions for Question 1, checked: energies, gradients, Hessians, updates, attention.

The file is executed in a process of its own (``dlhw.foreign``), where ``task.py`` calls its functions at the states
that the claims are checked at, as they like to be called (``calling.py``). Their answers are compared with
``dlhw.hopfield.energy`` within derived tolerances (``judging.py``), and wrong ones with those of known mistakes
(``diagnosis.py``). Start at ``check_file`` in ``check.py``.
"""
