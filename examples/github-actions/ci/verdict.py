"""Fails the job where the plan is not one to merge: python3 ci/verdict.py"""

import sys

import outcome

number = outcome.code()
print(outcome.words(number).replace("**", ""))
sys.exit(1 if outcome.fails(number) else 0)
