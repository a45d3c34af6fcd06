"""Commands to a model in other languages than English.

In: folded text. Out: marks. Each language gives a verb of ignoring with what is to be ignored,
and a verb of answering at the head of a sentence with how.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.guarding.folding import folded_pattern
from rag.guarding.marks import Mark, Rule, matches

_START = r"(?:^|[.!?:;>)\"“”„«»—–-]\s*|^\W+)"
_OVERRIDE = "a command to ignore instructions or sources"
_ANSWER = "a command about what to answer"
_ROLE = "words that give an assistant another role or task"

_BARE = (
    r"(?:(?:^|[.!?:;>)\"“”„«»—–,-]\s*|^\W+|\b(?:por favor|ahora|debes|tu dois|vous devez|devi)\s+))"
)
"""Where an imperative may stand in languages in which the third person is spelt like it."""

_OVERRIDES = (
    # German
    r"\b(?:ignorier(?:e|en sie)?|missachten?(?: sie)?|vergiss|vergessen sie|verwirf|beachte(?:n"
    r" sie)? nicht|überge?he\w*)\b"
    r"[^.!?\n]{0,50}(?:anweisung|instruktion|befehl|vorgabe|regel|richtlinie"
    r"|prompt|systemnachricht|quelle|was oben)",
    # Spanish and Portuguese
    _BARE + r"\b(?:ignor[ae]n?|ignorar|olvid[ae]n?|olvida|omite|descart[ae]n?"
    r"|desatiend[ae]|no sigas|esqueç?c?a|desconsidere|não siga)\b"
    r"(?! (?:all|any|previous|prior|earlier|the|every|these|those|your|my|our|its"
    r"|what)\b)[^.!?\n]{0,50}(?:instruccion|instruço|instruco|regla|regra|orden"
    r"|ordens"
    r"|indicacion|directri|prompt|mensaje|todo lo anterior|fuentes)",
    # French
    _BARE + r"\b(?:ignore[rz]?|oublie[rz]?|neglige[rz]?|ne (?:tiens|tenez) pas compte|ne "
    r"(?:suis|suivez) pas|fais abstraction)\b"
    r"(?! (?:all|any|previous|prior|earlier|the|every|these|those|your|my|our|its"
    r"|what)\b)[^.!?\n]{0,50}(?:instruction|consigne|regle|ordre|directive|prompt"
    r"|sources"
    r"|tout ce qui precede)",
    # Italian
    _BARE + r"\b(?:ignora|ignorate|ignori|dimentica|dimenticate|trascura|non"
    r" seguire)\b[^.!?\n]{0,50}(?:istruzion|regol|ordin|direttiv|prompt|fonti)",
    # Dutch, Swedish, Danish, Norwegian
    r"\b(?:negeer|vergeet|ignorera|ignorer|glem|glom|bortse fran)\b[^.!?\n]{0,50}"
    r"(?:instructie|instruktion|instruks|regel|regler|opdracht|aanwijzing|prompt)",
    # Polish, Czech
    r"\b(?:zignoruj|ignoruj|ignorujte|zapomnij|pomin|zapomen)\b[^.!?\n]{0,50}"
    r"(?:instrukc|polecen|zasad|pokyn|instrukce|pravid|prompt)",
    # Russian, Ukrainian
    r"(?:игнорируй(?:те)?\b|проигнорируй\w*|забудь\w*|не обращай\w* внимания|отбрось\w*"
    r"|не следуй\w*|ігноруй\w*)"
    r"[^.!?\n]{0,50}(?:инструкц|указани|правил|команд|предыдущ|сказанн|промпт"
    r"|источник|інструкц|вказівк)",
    # Chinese, Japanese, Korean
    r"(?:(?:忽略|无视|無視|忘记|忘記|忘掉)(?!了)|不要理会|不要遵守|不要遵循)[^。！？\n]{0,16}(?:指令|指示|说明|說明"
    r"|规则|規則|提示|命令|内容|要求|资料|文档)",
    r"(?:指示|命令|ルール|プロンプト|指令|規則|内容)[^。！？\n]{0,6}(?:無視(?:して|しろ|せよ|し、|し,)|忘れ(?:て|ろ)|従わ(?:ないで|ずに))",
    r"(?:지시|명령|규칙|지침|프롬프트)[^.!?\n]{0,12}(?:무시(?:하고|하세요|하십시오|하라|해)|잊(?:고|어))|"
    r"(?:무시)[^.!?\n]{0,16}(?:지시|명령|규칙|지침)",
    # Turkish, Arabic, Hindi
    r"(?:talimat|komut|kural|yonerge)\w*[^.!?\n]{0,30}(?:yok say|gormezden gel|unut|dikkate alma)",
    r"(?:تجاهل|انس|تجاهلي|تجاهلوا)[^.!?\n]{0,40}(?:تعليمات|اوامر|أوامر|قواعد|توجيهات)",
    r"(?:निर्देश|आदेश|नियम)[^।!?\n]{0,30}(?:अनदेखा|नज़रअंदाज़|भूल|उपेक्षा)|"
    r"(?:अनदेखा|नज़रअंदाज़)[^।\n]{0,30}(?:निर्देश)",
)
_ANSWERS = (
    r"(?:antworte|antworten sie|erwidere|sage|sag|sagen sie|behaupte|schreibe|gib)"
    r"(?: immer| nur| stets| ausschließlich| bitte| einfach| dem nutzer)*,?(?:"
    r" dass\b| mit\b| nur\b| auf\b| als antwort| ?[\"“„:])",
    r"(?:responde|responda|respondan|contesta|conteste|di|diga|afirma)(?: siempre"
    r"| solo| solamente| unicamente| al usuario)*"
    r"(?: que\b| con\b| solo\b| em\b| en\b| ?[\"“«:])",
    r"(?:reponds|repondez|dis|dites|affirme|affirmez|ecris|ecrivez)(?: toujours|"
    r" seulement| uniquement| simplement| a l'utilisateur)*"
    r"(?: que\b| qu'| par\b| uniquement\b| seulement\b| en (?:un|une|francais)\b| ?[\"“«:])",
    r"(?:rispondi|rispondete|risponda|di'|dichiara)(?: sempre| solo| soltanto)*"
    r"(?: che\b| con\b| solo\b| ?[\"“«:])",
    r"(?:antwoord|zeg|svara|svar)(?: altijd| alleen| alltid| bara| altid| kun)*"
    r"(?: dat\b| met\b| att\b| med\b| at\b| ?[\"“:])",
    r"(?:odpowiedz|odpowiadaj|napisz|powiedz|odpovez)(?: zawsze| tylko| vzdy)*,?"
    r"(?: ze\b| ,? ?ze\b| tylko\b| ?[\"“„:])",
    r"(?:ответь(?:те)?|отвечай(?:те)?|скажи(?:те)?|напиши(?:те)?|утверждай(?:те)?)"
    r"(?: всегда| только| просто| пользователю| на вопрос)*(?:,? что\b| только\b|"
    r" словом| одним| ?[\"“«:])",
)
_ANYWHERE = (
    r"\bна (?:любой|все|каждый|этот)\w* вопрос[^.!?\n]{0,60}\b(?:отвечай|ответь|говори|пиши)",
    r"\bauf (?:jede|alle|diese)\w* fragen?\b[^.!?\n]{0,60}\b(?:antworte|sage|schreibe)",
    r"\b(?:a|sur) (?:toute|chaque|toutes les|cualquier|toda)\w* (?:question"
    r"|pregunta)s?\b[^.!?\n]{0,60}\b(?:reponds|repondez|dis|responde|di)\b",
    r"(?:请|請|必须|必須|只能|应该|應該|务必|一律|总是)[^。！？\n]{0,12}(?:回答|回复|回覆|输出|答复)",
    r"(?:^|[。！？，,]\s*)(?:回答|回复|输出)(?:她|他|它|说|說|道|：|:|“|「|“)",
    r"(?:如果|当|若)[^。！？\n]{0,20}(?:问|提问|询问)[^。！？\n]{0,30}(?<![他她])(?:回答|回复|说)",
    r"(?:と|を)(?:だけ)?(?:答えて|回答して|返答して|出力して|言って)(?:ください|下さい|く|。)",
    r"(?:라고|으로|만)\s?(?:대답|답변|답하)(?:해|하)",
)
_ROLES = (
    r"\b(?:du bist (?:jetzt|nun|ab sofort)|eres ahora|ahora eres|tu es "
    r"(?:maintenant|desormais)|vous etes (?:maintenant|desormais)"
    r"|ora sei|sei ora|agora voce e|je bent nu|teraz jestes)\b",
    r"(?:ты теперь|теперь ты|вы теперь|отныне ты)\b|(?:你现在是|(?:从现在开始"
    r"|從現在開始)[^。！？\n]{0,8}(?:你(?!们)|回答|只)|系统提示|系統提示|系统消息|系统指令)|(?:あなたは今|今からあなた"
    r"|システム(?:プロンプト|メッセージ|指示))",
    r"(?:^|\n)\W*(?:systemnachricht|systemmeldung|neue anweisung\w*|mensaje del"
    r" sistema|nuevas? instruccion\w*|message systeme|nouvelles? (?:instruction"
    r"|consigne)s?"
    r"|system-anweisung|системное сообщение|система|новые инструкции|новая"
    r" инструкция|新指令|新的指令|系统|messaggio di sistema|nuove istruzioni)\s*[:：]",
    r"\b(?:hinweis|achtung|nota|aviso|atencion|atenção|note|attention|внимание"
    r"|примечание|nota bene|uwaga)\b[^.!?\n]{0,20}"
    r"\b(?:ki|ia|ии|ai|llm|sprachmodelle?|assistente?n?|asistente|assistant"
    r"|modelos? de lenguaje|modeles? de langage|языков\w+ модел\w+|ассистент\w*)\b",
)


def _rule(pattern: str, why: str, reach: str = "sentence") -> Rule:
    return Rule(re.compile(folded_pattern(pattern), re.MULTILINE), why, reach)


RULES = (
    *(_rule(rf"(?<!to ){pattern}", _OVERRIDE) for pattern in _OVERRIDES),
    *(_rule(_START + pattern, _ANSWER) for pattern in _ANSWERS),
    *(_rule(pattern, _ANSWER) for pattern in _ANYWHERE),
    *(_rule(pattern, _ROLE, "line") for pattern in _ROLES),
)


def foreign_commands(text: str) -> Iterator[Mark]:
    """Yield a mark for every command to a model in folded text that is not English."""
    return matches(text, RULES)
