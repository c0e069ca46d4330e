"""Other people's functions for Question 1, checked: energies, gradients, Hessians, updates, attention.

The file is executed, in a process of its own with limits of time and memory (``runner.py``, ``process.py``). Its
functions are called at the states that the claims are checked at, as they like to be called (``calling.py``), compared
with ``dlhw.hopfield.energy`` within derived tolerances (``judging.py``), and what is wrong is compared with known
mistakes (``diagnosis.py``). Start at ``check_file`` in ``check.py``.
"""
