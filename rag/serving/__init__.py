"""The chat page without its toolkit: HTML strings, web routes, and one conversation's state.

In: an assistant and the events it streams. Out: HTML, a FastAPI app, a listening socket.
Knows nothing about Gradio: `app.py` puts these pieces on a page.
"""

from rag.serving.chat import Chat, Conversation, View
from rag.serving.transcript import header
from rag.serving.web import HEAD, listening_socket, local_address, web_app

__all__ = [
    "HEAD",
    "Chat",
    "Conversation",
    "View",
    "header",
    "listening_socket",
    "local_address",
    "web_app",
]
