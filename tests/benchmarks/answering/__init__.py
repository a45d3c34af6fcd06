"""Whole answers of this program and of LlamaIndex, LangChain and txtai, in one run.

libraries  the folders of documents             worker     one system in a process of its own
given      what every system is handed          asking     questions to systems, in turns
spending   what llama.cpp read and wrote        keeping    what they replied, and what it is worth
ours, citation_engine, llamaindex,              reporting  the tables
langchain_chain, txtai_rag: the systems
"""
