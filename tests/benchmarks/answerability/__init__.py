"""Fits and measures the decision whether the documents answer a question.

python -m tests.benchmarks.answerability gather FILE   # resumable, 1 to 5 s a question
python -m tests.benchmarks.answerability fit FILE      # prints figures, writes the weights
"""
