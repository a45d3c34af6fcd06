"""The Verify tab: a text, checked statement by statement.

In: a text. Out: lines of JSON as statements are checked, and their HTML.

    routes  the web route and what it yields      page  HTML of the tab and of a statement
"""
