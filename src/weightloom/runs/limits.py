"""Numbers that every run respects; light to import."""

MOST_STEPS = 10**8  # a step's file name has eight digits
SCHEMA = 2  # the version of what is written; version 1 is that of weightloom 0.1
