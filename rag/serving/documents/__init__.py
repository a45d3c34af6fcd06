"""Pages of documents: text, pictures of PDF pages, and the way through an answer's citations.

In: documents. Out: plain pages without a script, and their routes.

    routes  the web routes      pages   whole pages
    sheets  PDF pages           paging  previous and next citation
"""
