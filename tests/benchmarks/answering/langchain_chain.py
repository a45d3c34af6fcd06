"""LangChain as its guide to a local RAG application has it, with its FAISS store and llama.cpp.

In: what is given. Out: a system. `RecursiveCharacterTextSplitter` cuts 500 characters without
overlap; the four nearest (its default) go, joined by blank lines, into the question-answering
prompt that its library holds for chat models, as the guide's own stands in no package; a chain of
prompt, `ChatLlamaCpp` and parser streams. The guide's Ollama and Chroma are replaced by parts it
names. Set beyond that: temperature 0, the common window, limit, batch and threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from langchain_classic.chains.question_answering.stuff_prompt import PROMPT_SELECTOR
from langchain_community.chat_models import ChatLlamaCpp
from langchain_community.embeddings import HuggingFaceEmbeddings
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnablePassthrough
from langchain_text_splitters import RecursiveCharacterTextSplitter

from tests.benchmarks.answering.given import CONTEXT, LIMIT, Given, System
from tests.benchmarks.answering.spending import counted


def open_system(given: Given) -> System:
    """Return the chain over a store of the folder."""
    spent = counted()
    retriever = _store(given).as_retriever()
    model = ChatLlamaCpp(
        model_path=given.generator,
        n_ctx=CONTEXT,
        max_tokens=LIMIT,
        temperature=0.0,
        n_batch=given.llama["n_batch"],
        n_threads=given.threads,
        model_kwargs={"n_threads_batch": given.threads},
        verbose=False,
    )
    asked = {"context": retriever | _joined, "question": RunnablePassthrough()}
    chain = asked | PROMPT_SELECTOR.get_prompt(model) | model | StrOutputParser()

    def ask(question: str) -> Iterator[str]:
        return accumulate(chain.stream(question))

    return System(ask, spent)


def _joined(documents: Sequence[Document]) -> str:
    return "\n\n".join(one.page_content for one in documents)


def _store(given: Given) -> FAISS:
    # The integration package asks for an older huggingface-hub than this program.
    embedder = HuggingFaceEmbeddings(model_name=given.embedder, model_kwargs={"device": "cpu"})
    if Path(given.made).is_dir():
        return FAISS.load_local(given.made, embedder, allow_dangerous_deserialization=True)
    documents = [Document(text, metadata={"source": name}) for name, text in given.texts]
    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=0)
    store = FAISS.from_documents(splitter.split_documents(documents), embedder)
    store.save_local(given.made)
    return store
