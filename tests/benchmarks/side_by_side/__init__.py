"""The same questions through this program and through LlamaIndex and Haystack.

sets      questions with their documents    worker  one system in a process of its own
products  what the systems share            asking  questions to workers, answers from them
ours, llamaindex, haystack_pipeline         the three systems
"""
