"""A report as JSON, CSV, JUnit XML, Markdown and one HTML page.

In: a `Report`. Out: strings and plain objects. Knows nothing about how a run is made,
where it is kept, or who asks for it. Only `plots` draws, and only it loads matplotlib.
"""
