"""Words that imitate the prompt: roles, control tokens, passages, questions with answers.

In: folded text. Out: marks. A text that is a dialogue or a list of questions throughout is
one that people read; a question with its answer at the edge of other prose is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.guarding.marks import Mark, Rule, line_around, matches

_TOKEN = "words that imitate a model's control tokens"
_ROLE = "words that imitate a system message or a dialogue"
_PASSAGE = "lines that imitate a numbered passage"
_PAIR = "lines that imitate a question with its answer"
_FENCE = "lines that imitate the end or beginning of the evidence"
_TOOL = "words that imitate a call of a tool"

_PARTS = (
    r"(?:documents?|passages?|contexts?|evidence|sources?|prompts?|instructions?"
    r"|system(?: \w+)?|user(?: \w+)?"
    r"|inputs?|search results?|retrieved \w+|conversation|messages?|untrusted \w+"
    r"|trusted \w+|article|file|quer(?:y|ies)|question)"
)
_TAG = (
    r"(?:system|assistant|user|human|instructions?|prompt|passages?|evidence"
    r"|think(?:ing)?|tool\w*|function\w*"
    r"|admin|override|im_start|im_end|sys|inst|important|secret|hidden|s|bos|eos"
    r"|begin_of_text|context|documents?"
    r"|question|answer|response|developer|rules?|new_\w+|system[_-]\w+)"
)


def _rule(pattern: str, why: str, reach: str) -> Rule:
    return Rule(re.compile(pattern, re.MULTILINE), why, reach)


RULES = (
    _rule(r"<\|[^|<>\n]{1,40}\|>", _TOKEN, "block"),
    _rule(
        r"\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|</?(?:bos|eos|s)>(?=\s*(?:$|\["
        r"|<|\w+:))|\[/?(?:system|assistant|user|available_tools|tool_calls"
        r"|tool_results)(?:[_ ]\w+)*\]",
        _TOKEN,
        "block",
    ),
    _rule(
        r"</(?:system|assistant|user|human|instructions?|prompt|passages?|evidence"
        r"|contexts?|documents?|question|tool_\w+|untrusted\w*|data|input"
        r"|retrieved\w*)>\s*(?:$|<|\w)(?=[^\n]*\n?[^\n]*(?:<|:|instruct|answer"
        r"|system))",
        _FENCE,
        "block",
    ),
    _rule(
        r"<(?:system|assistant|instructions?|prompt|admin|override|im_start|sys|inst"
        r"|developer|system[_-]\w+|tool_call|function_call|function_calls|invoke"
        r"|new_\w+)(?: [^<>\n]{0,80})?>",
        _ROLE,
        "block",
    ),
    _rule(
        r"[\"']role[\"']\s*:\s*[\"'](?:system|assistant|user|developer|tool)[\"']", _ROLE, "block"
    ),
    _rule(r"[\"'](?:function_call|tool_calls?|tool_name|action_input)[\"']\s*:", _TOOL, "block"),
    _rule(
        r"^\W*(?:thought|observation|action|action input|final answer|tool call"
        r"|function call)\s*:\s*\S[^\n]*(?:\n\W*(?:thought|observation|action|action"
        r" input|final answer)\s*:)",
        _TOOL,
        "block",
    ),
    _rule(
        r"</?(?:allowed|blocked|forbidden|required|mandatory)[ -]\w+>|<interaction[ -]\w+>",
        _ROLE,
        "block",
    ),
    _rule(
        r"^\W*(?:answer|response)\s*:[^\n]*\n\s*(?:instruction|system|user|question|human)s?\s*:",
        _PAIR,
        "line",
    ),
    _rule(r"^\W*(?:response|answer|output)[ _-]?(?:policy|rules?|format)\s*:", _ROLE, "block"),
    _rule(r"^\W*final answer\s*:", _PAIR, "line"),
    _rule(
        r"^\W*#{2,}\s*(?:new |system |user |your |updated )*(?:instructions?|system"
        r"|assistant|user|response|human|prompt|input|output|answer)(?:"
        r" \w+)?\s*:[^\n]*",
        _ROLE,
        "block",
    ),
    _rule(
        r"^[\W_]*(?:system|assistant|developer|admin(?:istrator)?|root|operator)(?:["
        r" _-](?:message|prompt|note|notice|override|instructions?"
        r"|update|alert|command|directive|policy))*[\W_]*:[\W_]*(?=[^\n]*\w[^\n]* [^\n]* [^\n]* )",
        _ROLE,
        "line",
    ),
    _rule(
        r"^[\W_]*(?:system|developer|admin(?:istrator)?|model|assistant|ai|llm"
        r"|prompt)[ _-](?:message|prompt|override|instructions?|command|directive"
        r"|note)s?(?: (?:update|change|follows?|begins?))?[\W_]*(?:$|[:—–-])",
        _ROLE,
        "block",
    ),
    _rule(
        r"^\W*(?:human|user|customer|person|me)\s*:[^\n]*\n(?:[^\n]+\n|\n){0,3}?\W*"
        r"(?:assistant|ai|bot|chatbot|chatgpt|model|gpt|system|claude)\s*:[^\n]*",
        _ROLE,
        "block",
    ),
    _rule(r"^\W*(?:assistant|chatbot|chatgpt|gpt|llm|ai|claude)\s*:\s*\S", _ROLE, "line"),
    _rule(r"^\s*\[\s*(?:passages?\s*)?\d{1,3}\s*\][^\n|]{0,120}\|[^\n]*", _PASSAGE, "block"),
    _rule(
        r"^\W*(?:passage|evidence|context|chunk|snippet|search"
        r" result)\s*\W?#?\d{1,3}\W*(?:\([^()\n]{0,60}\)\s*)?(?::|\||\n)[^\n]*",
        _PASSAGE,
        "block",
    ),
    _rule(
        r"^\W*\[(?:document|source|doc)\s*#?\d{1,3}[^\]\n]*\][^\n]*|^\W*(?:document"
        r"|source)\s*\[\d{1,3}\]\s*[:|(][^\n]*",
        _PASSAGE,
        "block",
    ),
    _rule(
        rf"^[^\w\n]{{2,}}(?:the )?(?:end|begin(?:ning)?|start|stop|close)(?:[ _](?:of"
        rf"|the|all|new|here|untrusted))*[ _]{_PARTS}\b[^\n]{{0,30}}$",
        _FENCE,
        "block",
    ),
    _rule(
        rf"^\W*(?:end|beginning|start)(?: of)(?: the| all| new)* {_PARTS}\s*[.:!\])>-]*\s*$",
        _FENCE,
        "block",
    ),
    _rule(
        r"^\W*(?:the )?(?:documents?|passages?|evidence|context|sources|search"
        r" results) (?:end|ends|are finished|is over|is closed|end here|ends here"
        r"|above (?:is|are) \w+)\b[^\n]{0,60}$",
        _FENCE,
        "line",
    ),
    _rule(
        r"^\W*(?:write yes if a passage|answer questions? about a person's documents)",
        _FENCE,
        "line",
    ),
)

_QUESTION = re.compile(
    r"^[^\w\n]*(?:(?:user |new |next )?question|query|q)\s*\d{0,3}\s*[:)][^\n]*\n", re.MULTILINE
)
_ANSWER = re.compile(
    r"^[^\w\n]*(?:(?:correct |expected |model )?answer|response|reply|a)\s*\d{0,3}\s*[:)][^\n]*",
    re.MULTILINE,
)
_VERDICT = re.compile(r"^[^\w\n]*(?:yes|no)\W*\n\s*(?:answer\b|the answer)[^\n]*", re.MULTILINE)
_CITES = re.compile(r"\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*\]")
_NEAR = 200  # characters between a question and its answer
_OWN_SHARE = 0.6
"""Where pairs make up more of a text than this, the text is a list of questions."""


def imitations(text: str) -> Iterator[Mark]:
    """Yield a mark for every imitation of a part of the prompt in folded text."""
    yield from matches(text, RULES)
    for match in _VERDICT.finditer(text):
        yield Mark(match.start(), match.end(), _PAIR, "block")
    yield from _pairs(text)


def _pairs(text: str) -> Iterator[Mark]:
    """Yield the questions with answers, and lone ones, of a text that is not a list of them."""
    questions = [
        match.span() for match in _QUESTION.finditer(text if text.endswith("\n") else text + "\n")
    ]
    answers = [match.span() for match in _ANSWER.finditer(text)]
    pairs = []
    for start, end in questions:
        last = min((b for a, b in answers if end <= a <= end + _NEAR), default=0)
        if last:
            pairs.append((start, line_around(text, start, last).end))
    if not pairs:
        return
    size = sum(end - start for start, end in pairs)
    for start, end in pairs:
        if size < _OWN_SHARE * len(text.strip()) or _CITES.search(text, start, end):
            yield Mark(start, end, _PAIR, "line")
