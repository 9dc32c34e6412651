"""What the words around a place say of it: where the writer lives, passes or works, where the problem is, where it is not."""

import re
from dataclasses import dataclass

DENIED, HOME, NOW, PASSED, PLAIN, PROBLEM = -1, 0, 1, 2, 3, 4  # the higher one is the place
BEFORE = [  # (role, what stands right before the place); the first that fits
    (DENIED, r"(?<!是)不是(?:说)?(?:在|我们)?|不在|没在|并非(?:在)?|不属于?|不归|别派(?:到|去|给)?|\bnot(?: in| at)?"),
    (NOW, r"(?:现|目前|现在|如今|暂时?)(?:居|住|居住|租住)(?:在|到|于)?|(?:搬|租住?)(?:到|去|来|在)了?"),
    (HOME, r"住(?:在|到了?|址是?)?|(?:家里?|屋头?|户籍地?|户口|籍贯|原籍|[娘婆]家)(?:住|在|是|为)?|老家(?:原来|本来)?(?:在|是)?"),
    (HOME, r"(?:我|本人|们|咱)(?:就|都)?是|来自|嫁到|\b(?:live|living|stay) in|\bfrom"),
    (PASSED, r"路过了?|经过|途经|途径|穿过|绕过|问过|问了|找过|(?<!距)离|距离?|靠近|挨着|毗邻|前往|推给|归"),
    (PROBLEM, r"(?:问题|发生|出|就|坏|垮|断|堵|漏)的?(?:地方)?[是在]在?|位于|事发地?点?(?:在|是)?"),
    (PROBLEM, r"(?:地点|地址|位置|地方)(?:是|在|就在)?[：:]?|反映(?:的?是|一下)?|投诉|举报"),
    (PROBLEM, r"(?:走|开|骑|来|跑)到|而是|是在|(?<![我们人])是|\bis (?:in|at)"),
]
AFTER = [  # (role, what stands right after it)
    (HOME, r"(?:的)?(?:村民|居民|群众|村的人|业主|住户)(?!家|委|小组|活动|门|代表|楼|区)"),
    (HOME, r"(?:那边|这边)?(?:的)?人(?=\s|[，。,；;、]|$)"),
    (PASSED, r"(?:那边)?(?:拉|运|开|过)?来的|拉来|运来|(?:打工|上班|上学|读书|务工|工作|做生意|开会|赶场|走亲戚|走人户)"),
    (PASSED, r"(?:镇|乡)?(?:政府|那边)?(?:说|讲|推给|不管|不理)"),
]
BEFORE = [(role, re.compile(f"(?:{words})[那这个的 ]*$")) for role, words in BEFORE]
AFTER = [(role, re.compile(words)) for role, words in AFTER]
LEFT = re.compile(r"(?!到|至).{0,6}?(?:搬|来|回|坐|出发|嫁|转|拉|开车|打车|赶)")  # after 从: from there they come
CLAUSE = re.compile(r"[，。；！？,;!?\n]")
JOINED = re.compile(r"(?:.{0,4}(?:和|与|及|跟|到|至|以及|、).{0,2})$")


@dataclass(frozen=True)
class Mention:
    """Names that stand together and say one place: a town, its village; start and end in the text."""

    hits: tuple
    role: int

    @property
    def start(self):
        return self.hits[0].start

    @property
    def end(self):
        return self.hits[-1].end

    def kinds(self):
        """What kinds of names it holds."""
        return {hit.name.kind for hit in self.hits}

    def towns(self):
        """The codes of the towns that it names."""
        return {code for hit in self.hits if hit.name.kind == "town" for code in hit.name.codes}


def mentions(text, groups):
    """A Mention for each group of hits that stand together."""
    return [Mention(tuple(group), role_of(text, group[0].start, group[-1].end)) for group in groups]


def role_of(text, start, end):
    """What the words before and after say of text[start:end]; only those of the same clause count."""
    before = CLAUSE.split(text[max(start - 14, 0) : start])[-1]
    after = CLAUSE.split(text[end : end + 14])[0]
    if re.search(r"(?:从|打)$", before) and LEFT.match(after):
        return HOME
    found = next((role for role, words in BEFORE if words.search(before)), None)
    if found in (DENIED, HOME, NOW):
        return found
    later = next((role for role, words in AFTER if words.match(after)), None)
    return found if later is None and found is not None else PLAIN if later is None else later


def of_the_problem(mentioned):
    """The mentions in the strongest role, without those that are denied."""
    asserted = [mention for mention in mentioned if mention.role != DENIED]
    left = [m for m in asserted if not (m.role < PLAIN and m.kinds() == {"outside"})] or asserted  # without 在石泉打工
    best = max((mention.role for mention in left), default=None)
    return [mention for mention in left if mention.role == best]


def are_joined(text, one, other):
    """Whether two mentions are said in one breath, as equals: A和B, A到B."""
    return bool(JOINED.fullmatch(text[one.end : other.start]))
