"""The Evaluate tab: runs of test sets, their figures, comparisons.

In: a bench. Out: HTML and routes.

    routes  the web routes      page  HTML of the tab      figures  tables of a run
"""
