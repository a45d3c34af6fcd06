"""The chat page without its toolkit: HTML strings, web routes, and one conversation's state.

In: an assistant and the events it streams. Out: HTML, a FastAPI app, a listening socket.
Knows nothing about Gradio: `app.py` puts these pieces on a page.
"""

from rag.serving.listening import listening_socket, local_address
from rag.serving.offering import Offer, admitted, local_names
from rag.serving.page_files import HEAD
from rag.serving.showing.transcript import header
from rag.serving.talking.chat import Chat
from rag.serving.talking.conversation import Conversation
from rag.serving.web import web_app

__all__ = [
    "HEAD",
    "Chat",
    "Conversation",
    "Offer",
    "admitted",
    "header",
    "listening_socket",
    "local_address",
    "local_names",
    "web_app",
]
