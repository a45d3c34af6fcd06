"""Sentences that tell a model how to answer.

In: folded text. Out: marks. An order counts only where it is given to the reader: at the
head of a clause, or to "you" or the assistant. One that a sentence merely reports, as in
"he told them to ignore earlier instructions", does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.guarding.marks import Mark, Rule, matches

_MODEL = (
    r"(?:a\.?i\.?|llms?|gpts?|chat ?gpt|claude|gemini|copilot|(?:large )?language models?"
    r"|chat ?-?bots?|(?:ai |virtual |digital |automated |automatic )?assistants?"
    r"(?! (?:prof|dir|man|coach|sec|ed|att|comm|princ|chief|min|teach|to\b|gen"
    r"|dep|sup|pol))"
    r"|(?:ai|automated|automatic) (?:models?|systems?|agents?|readers?|tools?|crawlers?"
    r"|summari[sz]ers?|reviewers?|processors?|pipelines?)"
    r"|answering (?:systems?|machines?|engines?)|summari[sz]ers?|retrieval systems?)"
)
_HEAD = (
    r"(?:(?:^|[.!?:;>)\]*\"“”„«'‘’—–|#-])\s*|(?:^|\s)[-*#>]+\s+|\b(?:please|now|instead|kindly"
    r"|just|simply|immediately|henceforth|hereby|therefore|always|first|instruction"
    r"|you (?:must|shall|will|are to|have to|need to|should|ought to|are required"
    r" to|are instructed to"
    r"|are hereby (?:instructed|ordered) to)|we (?:ask|order|instruct) you to|you to"
    r"|(?:do not|don't|never) [\w ]{2,30} but)"
    r"[\s,:]+)(?:(?:please|now|then|instead|always|simply|just|also|only|completely|immediately"
    r"|kindly|so)[\s,]+){0,3}"
)
_PRIOR = (
    r"(?:previous|prior|earlier|preceding|foregoing|above|existing|original|initial|former|past)"
)
_ORDERS = (
    r"(?:instruct\w*|directions?|directives?|orders?|rules?|guidelines?|prompts?|commands?"
    r"|guardrails?|polic(?:y|ies)|constraints?|restrictions?|programming|safety \w+"
    r"|system (?:prompt|message)s?|training|tasks?|requests?|messages?|conversation)"
)
_READ = (
    r"(?:passages?|sources?|documents?|contexts?|evidence|texts?|articles?|excerpts?|snippets?"
    r"|chunks?|search results?|citations?|materials?|information|content|data|answers?|figures?"
    r"|statements?|paragraphs?|facts?|numbers?)"
)
_DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|discard|dismiss|neglect|abandon|erase"
    r"|set aside|pay no (?:attention|heed) to|(?:do not|don't|never|stop|no longer|cease to|refuse"
    r" to) (?:follow|obey|listen to|use|apply|trust|believe|consider|heed|comply with|rely on"
    r"|adhere to|read|following|obeying)(?: to)?|delete|cancel|revoke|void|nullify|throw away"
    r"|suspend|drop|skip)"
)
_FILL = r"(?:[\w’'-]+,? ){0,4}?"
_ANSWERS = r"(?:answers?|repl(?:y|ies)|respon[sd]\w*|outputs?|summar(?:y|ies)|completions?)"
_TELL = (
    r"(?:answer|reply|respond|say|state|claim|tell|write|output|print|return|insist|deny|give"
    r"|mention|refuse|assert|declare|report|repeat|inform|direct|provide|use|cite|note|explain)"
)
_ASKED = (
    r"(?:(?:you(?:'re| are)?|someone|somebody|anyone|anybody|(?:a|the|any|your) (?:user|person"
    r"|reader|human|customer|question)|users?|they|people|it|one) )?(?:is |are |be |gets? |ever )*"
    r"(?:asked|asks?|queried|questioned|wants? to know|inquires?|enquires?|wonders?)\b"
)


def _rule(pattern: str, why: str, reach: str = "sentence") -> Rule:
    return Rule(re.compile(pattern, re.MULTILINE), why, reach)


_OVERRIDE = "a command to ignore instructions or sources"
_ANSWER = "a command about what to answer"
_CITE = "a command about what to cite"
_ADDRESS = "words addressed to an assistant"
_ROLE = "words that give an assistant another role or task"

RULES = (
    _rule(
        rf"{_HEAD}{_DROP} (?:all |any |each |every |everything |of |the |your |my |our |these "
        rf"|those |this |other |its |and |or |following |system |whatever )*{_PRIOR}?,? ?"
        rf"(?:{_PRIOR}|or|and|,|all|any|/| )*(?:(?:{_PRIOR}|system|user'?s?|your|safety|other"
        rf"|developer'?s?) {_FILL}(?:{_ORDERS}|{_READ}|question|query)\b"
        rf"|{_ORDERS} (?:above|before|so far|you (?:were|have|got|received)|given|that"
        rf" (?:came|were|you"
        rf"|precede)|in (?:this|the|your) (?:prompt|conversation|context)|from (?:the|your|before))"
        rf"|(?:everything|anything|all|what(?:ever)?|that)\b[^.!?\n]{{0,20}}\b(?:above"
        rf"|before|told|said so far"
        rf"|you (?:were|have been|have read)|instructed|written|precedes|until now|i"
        rf" said|learned))",
        _OVERRIDE,
    ),
    _rule(
        rf"{_HEAD}{_DROP} (?:all|any|the|every|each) (?:{_READ}|{_ORDERS})(?: (?:about"
        rf"|that|on|which"
        rf"|from)\b[^.!?\n]*)? ?(?:and|,|;|[.!]?$)(?: (?:and )?(?:instead|{_TELL})\b)",
        _OVERRIDE,
    ),
    _rule(
        rf"\b(?:the |all |any |every )*(?:{_PRIOR}|other|remaining|retrieved|following)"
        r" (?:passages?|contexts?|evidence|documents?|sources?|snippets?|chunks?|search results?"
        r"|instructions?|prompts?)\b[^.!?\n]{0,40}\b(?:is|are|was|were|has been|have"
        r" been|must be|should be) (?:\w+ "
        r")?(?:wrong|false|outdated|fake|incorrect|unreliable|ignored|obsolete|invalid|superseded"
        r"|void|overridden|cancell?ed|revoked|disregarded|discarded|untrusted|lies|tests?|not true"
        r"|no longer (?:valid|apply|applicable|in force)|null)",
        _OVERRIDE,
    ),
    _rule(
        rf"{_HEAD}(?:answer|reply|respond)(?: back| only| exactly| always| instead| solely"
        r"| simply| just| exclusively| truthfully| directly)* (?:with\b(?! (?:empathy|kindness|care"
        r"|respect|compassion))|that\b|by (?:saying|stating|writing)|using only|in (?:one|a single"
        r"|only|all|the style|pirate|french|german|spanish|english|russian|chinese|rhyme|capital"
        r"|upper|json|base64|the voice|the form)|to (?:the|any|every|all|this) "
        r"(?:user|question|quer"
        r"|request|prompt)|as (?:if|though)|(?:every|any|all|each|the|this) (?:future |user'?s? "
        r"|following |other )*(?:questions?|quer(?:y|ies)|requests?|prompts?)|[\"“'‘«]|:|\d)",
        _ANSWER,
    ),
    _rule(
        rf"{_HEAD}(?:only |solely )?(?:say|state|claim|assert|declare|insist|conclude"
        rf"|pretend|write|print|output"
        r"|repeat)(?: only| exactly| always| instead| that| back| the following)* "
        r"(?:so\b[.!]?$|(?:exactly|only"
        r"|verbatim)\b|(?:the )?(?:exact )?(?:words?|phrase|sentence|string|text"
        r"|token)s? [\"“'‘«a-z]|[\"“«])",
        _ANSWER,
    ),
    _rule(
        r"(?:^|[.!:;>]\s+)(?:just |only |simply |please |always )*(?:say|state|claim"
        r"|assert|insist|pretend) (?:that|so)\b",
        _ANSWER,
    ),
    _rule(
        rf"{_HEAD}(?:tell|inform|convince|persuade|assure|warn|advise|instruct|notify) (?:the user"
        r"|the users|users|the reader|the human|the person (?:asking|who)|the"
        r" questioner|whoever asks"
        r"|anyone (?:who asks|asking)|everyone who asks|your user)\b",
        _ANSWER,
    ),
    _rule(
        rf"\b(?:if|when|whenever|in case|should|once|any ?time|every time)"
        rf" {_ASKED}[^.!?\n]{{0,160}}?"
        rf"(?:[,:;]|\bthen|\balways|\bplease|\bmust|\bshould|\bonly|\bdo not|\bnever|\byou|\w) ?"
        rf"(?:then |always |you |must |should |please |simply |just |only |will |do"
        rf" not |don't |never )*"
        rf"\b(?<!to )(?<!did )(?<!would )(?<!could )(?<!not )(?<!they )(?<!people )"
        rf"(?:answer|reply|respond|say|state|claim|insist|deny|refuse|tell (?:the user"
        rf"|users|them|him|her))"
        r"(?: only| instead| always| simply)*(?: (?:with|that|to|it|the|no|yes|you"
        r"|them|him|her|there"
        r"|in|as|by|only)\b| ?[\"“'‘«:]| \w+)",
        _ANSWER,
    ),
    _rule(
        rf"\b(?:your|every|each|all|any|(?:the|this) (?:final |generated |model'?s? "
        rf"|assistant'?s? )?)"
        rf"(?: ?final| ?next| ?future| ?subsequent| ?generated)* ?{_ANSWERS} (?:to"
        rf" this (?:question|query) )?"
        r"(?:must|shall|has to|have to|(?:is|are) (?:required )?to|should always"
        r"|should (?:only|never)|should"
        r" (?:begin|start|end|say|state|consist)|may (?:only|not)) (?:\w+ )?"
        r"(?:be|begin|start|end|say|contain|include|state|mention|consist|use|cite|refer|read"
        r"|always|never|only|not|reflect|claim|finish|open|close)\b",
        _ANSWER,
    ),
    _rule(
        r"\bthe (?:only |one )?(?:correct|right|true|real|verified|official|expected|final|proper"
        r"|only|actual|approved|preferred)(?: and \w+)? (?:answer|response|reply)"
        r"(?: (?:to|for) (?:any|all|every|this|the|your|that|such|each|questions?|[\"“'‘«])"
        r"|,? (?:must|should|is always|has to)\b)",
        _ANSWER,
    ),
    _rule(
        rf"{_HEAD}(?:append|include|add|insert|put|embed|attach|place|prepend|mention"
        rf"|write|render|start|begin|end|finish|conclude|sign|translate|rewrite"
        rf"|phrase)"
        rf"\b[^.!?\n]{{0,80}}\b(?:your|the|every|each|all|any)(?: final| next| first|"
        rf" last| whole)? "
        rf"(?:(?:end|beginning|start|top|bottom|sentence)s? (?:of|in) (?:the |your "
        rf"|every |each |all |any )?)?"
        rf"(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|outputs?)\b(?! (?:the"
        rf"|your|all|these|each) questions?| (?:for|to) the following)"
        r"(?=[^.!?\n]*(?:[\"“'‘«:]|http|\[|\bwith\b|\bto be\b|\binto\b|[.!]?$|\bthat\b"
        r"|\bin\b|\bas\b))",
        _ANSWER,
    ),
    _rule(
        rf"{_HEAD}(?:(?:do not|don't|never|you may not|avoid) )?(?:cite|citing|quote"
        rf"|credit|attribute)\b[^.!?\n]{{0,50}}"
        rf"(?:\bpassages? \[?\d|\[\d+\]|\bsources? \[?\d|\b(?:this|that|any|other"
        rf"|these|no|only|another|the (?:other|next|above)) (?:{_READ}|one)\b(?!"
        rf" without)|\bas (?:the |your )?(?:source|\[)|\bit\b[.!]?$)"
        r"(?![^.!?\n]*\bpermission\b)",
        _CITE,
    ),
    _rule(
        rf"{_HEAD}(?:(?:do not|don't|never|you may not|always|only|avoid|stop) (?:use"
        rf"|mention|trust|rely on"
        r"|refer to|using|reference|show|reveal|read|name|give|provide|add|include"
        r"|list|output|write|put)) (?:\w+ ){0,3}?(?:passages?|sources?|citations?"
        r"|other documents?|passage numbers?|footnotes?|\[\d+\]|the (?:passage|source) numbers?)",
        _CITE,
    ),
    _rule(
        rf"{_HEAD}(?:put|write|add|use|place|insert|attach|append"
        rf"|mark)\b[^.!?\n]{{0,40}}(?:\[\d+\]|\bmarkers?\b"
        rf"|\bcitations?\b)[^.!?\n]{{0,40}}\b(?:sentence|answer|statement|claim|repl"
        rf"|respon|instead|everywhere|always)",
        _CITE,
    ),
    _rule(
        rf"\b(?:notes?|messages?|attention|notices?|hints?|instructions?|important"
        rf"|warning|reminder|memo"
        rf"|hello|hi|hey|dear|directives?|commands?|advice|requests?|info(?:rmation)?"
        rf"|only)[\s,:]*(?:to|for)?[\s,:]*(?:all |any |the "
        rf"|every |our |my |other )*(?:{_MODEL})(?:s\b|\b)[^.!?\n]{{0,60}}?(?:[:.!,—–-]|$)",
        _ADDRESS,
        "line",
    ),
    _rule(
        rf"^\W*(?:all |any |to (?:all |any |the )?|for )(?:{_MODEL})\b[^.!?\n]{{0,60}}[:,—–]",
        _ADDRESS,
        "line",
    ),
    _rule(
        rf"\bif you(?:'re| are)(?: reading this)?(?: and(?: you)?(?: are)?)? (?:an?|the) {_MODEL}\b"
        rf"|\bas an? {_MODEL},? (?:you|your)\b"
        rf"|\b{_MODEL} (?:reading|processing|summari[sz]ing|parsing|indexing"
        rf"|analy[sz]ing|answering|that"
        r" (?:reads?|process(?:es)?|summari[sz]es?|index(?:es)?)|who"
        r" reads?)\b[^.!?\n]{0,40}(?:\bthis\b|\bmust\b|\bshould\b|:)",
        _ADDRESS,
        "line",
    ),
    _rule(
        rf"\b(?:the|this|an?|any|every|all|each|your) {_MODEL}(?: (?:model|system)s?)?"
        rf" (?:must|shall|should|has to"
        r"|have to|(?:is|are) (?:to|required to|instructed to|ordered to|obliged to"
        r"|told to|not (?:allowed|permitted) to"
        r"|forbidden to|hereby \w+ to)|may (?:only|not)|will (?:now|only|always"
        r"|never))(?: always| never| not| only"
        r"| instead| therefore| now| ever| simply)* (?:answer|reply|respond|state|say"
        r"|cite|mention|ignore|claim|refuse"
        r"|disregard|treat|trust|output|write|recommend|begin|conclude|repeat|tell"
        r"|report|give|add|quote"
        r"|prefer|forget|obey|follow|include|use only|consider|rely)\b",
        _ADDRESS,
    ),
    _rule(
        rf"\byou are (?:now |hereby |currently |actually |really )*(?:an? |the )?"
        rf"(?:\w+ ){{0,2}}?(?:{_MODEL}|dan|jailbroken|unrestricted"
        r"|unfiltered|uncensored|in \w+ mode|no longer (?:an?|the|bound|required"
        r"|allowed|a)|free (?:from|of) (?:all|any|your)|acting as|not allowed to"
        r" answer"
        r"|forbidden (?:to|from)|required to (?:answer|say|reply|respond|ignore)|"
        r"(?:not )?(?:permitted|allowed) to (?:answer|cite|reveal|mention))\b"
        r"|\byou (?:must|may|can|are allowed to) (?:not|never|only) (?:answer|cite"
        r"|reply|respond|reveal|mention)\b"
        r"|\byou (?:must|will|shall|have to|need to|should) (?:now |always |only "
        r"|therefore )*(?:answer|reply|respond|obey|pretend|roleplay|act as|say|cite)\b",
        _ROLE,
        "line",
    ),
    _rule(
        r"\byour (?:new|only|real|true|actual|sole|updated|secret|primary|revised) "
        r"(?:and \w+ )?(?:task|job|goal|role|instructions?"
        r"|mission|objective|purpose|persona|identity|prompt|directives?)\b|\byour "
        r"(?:\w+ )?task (?:is|was|has been) (?:now )?(?:finished|completed?|done|over"
        r"|changed)\b|\b(?:is|wish(?:es)?|ask|want|need|require|insist)s? (?:is"
        r" )?that you (?:only |always )?(?:say|answer|reply|respond|state)\b"
        r"|\b(?:new|updated|revised|secret|hidden|real|urgent) (?:system |user "
        r"|developer |admin )*(?:instructions?|prompts?|directives?"
        r"|task)(?: (?:for|to) (?:you|the (?:model|assistant|ai)))?\s*:"
        rf"|{_HEAD}(?:act|behave|speak|talk) (?:as|like) (?:if|though|an?|the|you"
        rf"|my)\b[^.!?\n]{{0,80}}\b(?:answer|reply|respond|rules?|restrictions?|filter"
        rf"|ai|assistant|model|pirate|dan|expert who|mode)\b"
        rf"|{_HEAD}(?:pretend|imagine|suppose|assume) (?:to be|that you(?:'re| are)"
        rf"|you(?:'re| are)|you have no)\b[^.!?\n]{{0,80}}\b(?:answer|reply|respond"
        rf"|rules?|restrictions?|filter|ai|assistant|model|pirate|dan|lie|lies|lying)\b"
        r"|\b(?:developer|debug|maintenance|admin|god|dan|jailbreak|root|sudo"
        r"|unrestricted) mode (?:is )?(?:now )?(?:enabled|on|activated|engaged"
        r"|active)\b"
        r"|\b(?:enter|enable|activate|switch to|engage) (?:developer|debug"
        r"|maintenance|admin|god|dan|jailbreak|root|unrestricted|do anything now)"
        r" mode\b.{0,40}\b(?:answer|respon|rule|restrict|filter|now|all)",
        _ROLE,
        "line",
    ),
    _rule(
        r"\b(?:reveal|print|show|repeat|output|display|leak|disclose|share"
        r"|summari[sz]e|give|tell|write)\b[^.!?\n]{0,30}\b(?:your|the|its) (?:full "
        r"|hidden |initial |original |secret |entire |own |exact )*"
        r"(?:system prompt|system message|initial prompt|initial instructions|hidden "
        r"(?:instructions|prompt)|instructions (?:above|you|verbatim)|prompt (?:above"
        r"|verbatim|word))"
        r"|\bfrom (?:now on|this (?:point|moment) (?:on|onwards?|forward)|here"
        r" on)[\s,]+(?:you|your|all|every|answer|reply|respond|only|always|never"
        r"|ignore|speak|say)\b",
        _ROLE,
    ),
)

_OPENING = '"“„«‘'
_CLOSING = '"”“»’'


def commands(text: str) -> Iterator[Mark]:
    """Yield a mark for every command to a model in folded text."""
    return (mark for mark in matches(text, RULES) if not _reported(text, mark))


def _reported(text: str, mark: Mark) -> bool:
    """Say whether a match stands in a quotation that its own sentence reports."""
    line_start = text.rfind("\n", 0, mark.start) + 1
    before = text[line_start : mark.end]
    opened = max(before.rfind(sign, 0, mark.start - line_start + 2) for sign in _OPENING)
    if opened < 0 or (before.count('"', 0, opened + 1) % 2 == 0 and before[opened] == '"'):
        return False
    if any(sign in before[opened + 1 :] for sign in _CLOSING if sign != before[opened]):
        return False
    frame = re.split(r"[.!?]\s+", before[:opened])[-1]
    return len(re.findall(r"\w+", frame)) >= 3 and not _ADDRESSES.search(frame)


_ADDRESSES = re.compile(rf"\b(?:{_MODEL}|you|your|{_TELL})\b(?! (?:said|wrote|says))")
