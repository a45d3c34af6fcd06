"""The Library tab: documents, uploads, folders, indexing.

In: a librarian. Out: HTML and routes.

    librarian  what the tab needs     routes   the web routes     uploads  files as they arrive
    shell      the tab itself         listing  documents          details  one of them
    job        work under way
"""
