"""An exchange as HTML: the answer at the left, its evidence at the right.

In: exchanges. Out: HTML strings. Knows nothing about how answers come about.

    transcript  questions, answers, refusals, markers    cards     the passages that were read
    sentences   where each statement stands              checks    what the check of each found
    verdicts    signs and words for it                   marking   marks on a document's text
"""
