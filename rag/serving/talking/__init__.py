"""Conversations: what was asked and answered, kept and followed by the pages that show it.

In: questions. Out: conversations that change, as HTML and news. Knows nothing about Gradio.

    chat       questions put, stopped, asked again; one answer at a time
    exchange   one question and what came of it     conversation  several of them
    running    who is answered next                 kept          what is stored of an exchange
    following  what a page has to be told anew      routes        the web routes
    shelf      the list of conversations            starting      questions to start with
    limits     filters on the page                  redoing       asking again
"""
