"""Words that say the opposite of each other.

In: the stem of a word. Out: the stems of its opposites. Knows nothing about texts.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from rag.checking.words import stemmed

_PAIRS = """
increase rise grow climb gain jump surge soar expand | decrease fall decline drop shrink reduce
higher | lower
high | low
highest | lowest
more | less fewer
most | least fewest
many | few
win | lose
victory | defeat
accept approve | reject refuse
agree | refuse disagree decline
support back endorse | oppose resist
open | close shut
begin start launch commence | end stop finish conclude cease
before prior earlier | after following later
precede | follow succeed
until | after since
with | without
over above exceed | under below
large big | small little
larger bigger | smaller
largest biggest | smallest
long | short
longer | shorter
longest | shortest
old | young new
older | younger newer
oldest | youngest newest
early | late
first | last
former | current latter
north | south east west
northern | southern eastern western
northeast | southwest northwest southeast
southeast | southwest northwest northeast
east | west north south
eastern | western northern southern
left | right
join | leave
enter | leave exit
arrive | depart leave
include | exclude omit
allow permit | forbid prohibit ban prevent
always | never
never | always sometimes often usually
maximum | minimum
major | minor
majority | minority
buy purchase | sell
confirm admit | deny
succeed manage | fail
success | failure
able | unable
possible | impossible
likely | unlikely
legal | illegal
same | different
similar | different
true | false
correct right | incorrect wrong
safe | dangerous unsafe
strong | weak
stronger | weaker
better | worse
best | worst
good | bad
positive | negative
male | female
man | woman
husband | wife
father | mother
son | daughter
brother | sister
king | queen
rich wealthy | poor
hot warm | cold cool
inside | outside
internal | external
upper | lower
top | bottom
up | down
public | private
import | export
attack | defend
defensive | offensive
alive living | dead
born | die
survive | die
guilty | innocent
convict | acquit
arrest detain | release free
create establish build | destroy abolish demolish
raise | lower cut
strengthen | weaken
improve | worsen
gain | lose
give | take receive
teach | learn
love like | hate dislike
friend ally | enemy
peace | war
temporary | permanent
mandatory required compulsory | optional voluntary
necessary | unnecessary
common | rare uncommon
frequent | rare infrequent
often frequently usually | rarely seldom
partly partially | fully completely entirely
all every | none no
fast quick rapid | slow
faster | slower
heavy | light
wide | narrow
deep | shallow
thick | thin
full | empty
visible | invisible
direct | indirect
regular | irregular
known | unknown
complete | incomplete
successful | unsuccessful
popular | unpopular
ahead | behind
forward | backward
advance | retreat
attract | repel
connect | disconnect
encrypt | decrypt
enable | disable
active | inactive
appear | disappear
agreement | disagreement
domestic | foreign
urban | rural
ancient | modern
vertical | horizontal
summer | winter
spring | autumn fall
morning | evening night
day | night
odd | even
senior | junior
federal | local
democrat democratic | republican
liberal | conservative
black | white
add | remove subtract
install | uninstall remove
upload | download
lend | borrow
profit | loss
surplus | deficit
plus | minus
presence | absence
present | absent
remember | forget
praise | criticise condemn
welcome | condemn
promote | demote
hire appoint | fire dismiss
marry | divorce
lift | impose
continue | stop cease
optimistic | pessimistic
single | married
clockwise | counterclockwise
primary | secondary
"""
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "mis")


def _table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = defaultdict(set)
    for line in _PAIRS.strip().splitlines():
        poles = [[stemmed(word) for word in pole.split()] for pole in line.split("|")]
        for one, other in (poles, poles[::-1]):
            for word in one:
                table[word].update(other)
    return {word: frozenset(others) - {word} for word, others in table.items()}


_OPPOSITES = _table()


@lru_cache(maxsize=20_000)
def opposed(stem: str) -> frozenset[str]:
    """Return the stems of the opposites of a word."""
    bare = {
        stem[len(prefix) :]
        for prefix in _PREFIXES
        if stem.startswith(prefix) and len(stem) - len(prefix) >= 4
    }
    longer = {prefix + stem for prefix in _PREFIXES} if len(stem) >= 4 else set()
    return _OPPOSITES.get(stem, frozenset()) | bare | longer
