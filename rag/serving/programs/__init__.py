"""The ways in for other programs: HTTP, OpenAI's interface, MCP.

In: requests. Out: JSON. Knows nothing about the chat.

    desk        one answer and one check at a time    api          /api
    completions OpenAI's interface, /v1               mcp_server   assistants; their tools: tools
    requests    what may be sent                      responses    what is answered
    openapi     the description                       manual       it as a page
"""
