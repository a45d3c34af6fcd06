"""The same questions through this program and through LlamaIndex and Haystack.

sets      questions with their documents     worker   one system in a process of its own
products  what the systems share             asking   questions to workers, in turns
ours, llamaindex, haystack_pipeline          journal  what they replied
"""
