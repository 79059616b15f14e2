"""Tables, plots, maps and the brief, in English and French.

Reads what a run wrote and what was observed; draws no random numbers and changes nothing. Heavy libraries are imported
inside the functions that need them.
"""
