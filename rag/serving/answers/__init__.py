"""Answers of the log: a page for each, exports, judgements.

In: records of the log. Out: pages, files, routes.

    routes  the web routes      answerpage  the page of an answer
    actions  the row below an answer in the chat
"""
