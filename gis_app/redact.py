"""What is personal in free text, masked for everything public."""

import re

from layers.simpler import half_width

MASK = "＊"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
HAN = "[\u4e00-\u9fff]"
GIVEN = r"[^\W\d_A-Za-z的了和与有不这那么]"  # what may stand in a given name

# Surnames that hardly begin a word, surnames that often do (高中, 马上, 方便), and those of two symbols.
PLAIN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林郭罗梁宋郑谢韩唐冯董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛阎闫余潘杜戴钟汪姜范姚谭廖邹熊陆"
    "郝孔崔邱秦侯邵孟尹黎乔贺赖龚庞樊兰殷施陶翟倪严俞章鲁葛韦毕聂焦柳邢骆岳梅庄涂祁耿詹欧颜符甘覃靳苗翁裴霍阮柴屈鲍冉辛娄闵舒蒲"
)
WORDY = "高马何于方白金石田江叶常文段龙万康雷汤任史顾武易毛夏钱安齐尚温季牛古左项党洪容向管宁宫申房边卜华滕牟桂童"
DOUBLE = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|长孙|宇文|端木|南宫|呼延|轩辕"
SURNAME = f"(?:{DOUBLE}|[{PLAIN}{WORDY}])"
FIRM = f"(?:{DOUBLE}|[{PLAIN}])"
WORDS = (  # that begin like a surname
    "许多|曾[经向在多因是被与就于和]|谢谢|陆续|严重|舒服|周[一二三四五六日天末围边]|黄[金色牛线]|程序|林[场业区]|余下|钟[点头]|严[格管]"
    "|马[上路]|何[时处必况]|高[中兴峰度]|方[便面向]|常[年常住来]|万[一分达]|安全|管理|房[东主子产]|边上|古城|党[员委支]|白天|夏天"
    "|石[头料]|龙头|任何|毛病|向[来你您贵]|于[是此]|江[边西苏南北]"
)
PLACES_END = "人村镇县市路街巷区口店的了坝湾沟梁"  # 我是石泉人, 我是李家坝
TRADES_END = "生员工户主民师长客友亲者天年月日里边处家方"
# A name ends where no Chinese symbol follows; a mask (＊ reads as *) is no end, or what is masked would grow at the next reading.
HARD = r"(?=$|[^\u4e00-\u9fff*])"
SOFT = (
    r"(?=$|[^\u4e00-\u9fff*]|家?住|家在|电话|手机|号码|身份|反映|投诉|举报|报[修警]|今年|来自|先生|女士|小姐|[系是在想要现女男])"
)
TITLE = "(?:先生|女士|小姐|太太|师傅|老师|阿姨|大爷|大妈|同志)"
FOREIGN = f"{HAN}{{2,7}}·{HAN}{{2,7}}"
# After words that ask for a name: the whole name where it ends the clause, else as far as a word that may follow it.
NAME = f"(?!{WORDS})(?:{FOREIGN}|{SURNAME}{GIVEN}{{2}}{HARD}|{SURNAME}{GIVEN}{{1,2}}?{SOFT}|{FIRM}{GIVEN}{{2}})"
# After words that many things may follow, a name must end the clause and not look like a place or a trade.
STRICT = (
    f"(?!{WORDS})(?!{HAN}家{HAN})(?:{FIRM}{GIVEN}{{1,2}}(?<![{PLACES_END}])"
    f"|[{WORDY}]{GIVEN}{{2}}(?<![{PLACES_END}{TRADES_END}]))(?=$|[^\u4e00-\u9fff*]|电话|手机|身份证)"
)
HIDDEN = "(?!不详|保密|匿名|未知|不便|同上|没有|姓名|电话)"
IS = r"[是为叫系]?[:：\s]*"
ASKED = "联系人|姓名|来电人|反映人|投诉人|举报人|报修人|诉求人|申请人|户主|当事人"
CHAT = "微信|薇信|威信|v信|wechat|weixin|(?<![a-z])[vw]x|加[v微]|qq|扣扣"
LINE = r"(?:^|[\n.,;:]\s{0,3}|my |full )(?:contact(?: person)?|name)\s*:"  # Contact: John Smith, but not street name: Lotus Lane
NO_NAME = r"(?:not|on|in|a|the|well)\b"
LIVES = "村民|居民|业主|住户|租户|市民|群众|户主"
# I am John Smith, this is Mary Brown: two words in capitals after the cue, that are no place and no description.
DESCRIBES = "(?:Chinese|American|British|English|French|Very|So|Not|The|An?|In|At|On|From|Your|My|Our|North|South|East|West)"
PLACE = (
    "(?:Street|Road|Lane|Avenue|Town|Village|County|City|District|School|University|College|Park|River|Bridge|Hospital"
    "|Square|Station|Hotel|Market|Mountain|Temple|Garden|Gate|Middle|Primary|East|West|North|South|Teacher|Student|Tourist|Resident|Driver)"
)
WORD = "[A-Z][a-z'-]+"
SIGNS = ("⓪①②③④⑤⑥⑦⑧⑨", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")  # other digits than ours
PLAIN_DIGITS = {ord(sign): str(number) for signs in SIGNS for number, sign in enumerate(signs)}
OTHER_DIGITS = re.compile("[⓪①-⑨٠-٩۰-۹]")
DASH = "[-—–－_.·•]"  # people write numbers in groups: 139.1234.5678, 0916—6212345, 139 - 1234 - 5678
GAP = rf"(?: ?{DASH}{{1,2}} ?| {{1,3}})"
SPELT = "[零〇一二三四五六七八九幺两]"

# Where a pattern has the group `who` (or `also`), only what that holds is personal; the words before it stay.
NUMBERS = [
    re.compile(r"(?<!\d)\d(?:[ -]?\d){16}[ -]?[\dXx](?!\d)"),  # identity card
    re.compile(r"(?<!\d)[1-8]\d{5}[2-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"),  # one of before 1999
    re.compile(r"(?<!\d)\d(?:[ -]?\d){15,18}(?!\d)"),  # bank card
    re.compile(rf"(?<!\d)\d{{4}}(?:{GAP}\d{{4}}){{3}}(?:{GAP}?\d{{1,3}})?(?!\d)"),
    re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[ -]?[3-9](?:[ -]?\d){9}(?!\d)"),  # mobile
    re.compile(rf"(?<!\d)1[3-9]\d{GAP}(?:\d{{4}}{GAP}?\d{{4}}|\d{{3}}{GAP}?\d{{5}})(?!\d)"),
    re.compile(rf"(?<!\d)(?:1[3-9]\d{{5}}{GAP}\d{{4}}|1[3-9]\d{{3}}{GAP}\d{{6}})(?!\d)"),
    re.compile(r"(?<!\d)1[3-9]\d([,，、/])\d{4}\1\d{4}(?!\d)"),
    # landline with area code
    re.compile(rf"(?<!\d)(?:\((?=\d{{3,4}}\)))?0\d{{2,3}}(?:\) ?{DASH}? ?|{GAP}|/)?\d{{3,4}}[ -]?\d{{4}}(?!\d)"),
    re.compile(rf"(?:[打拨]|致电|联系|call )(?:电话|方式)?{IS}(?P<who>[2-8]\d{{6,7}})(?!\d)", re.I),
    re.compile(rf"(?:电话|座机|固话|(?<![a-z])(?:tel|phone))(?:号码|号)?{IS}(?P<who>[2-8](?:[ -]?\d){{6,7}})(?![ -]?\d)", re.I),
]
PLATE = re.compile(
    rf"(?-i:[{PROVINCES}][A-Z][·\s]?[A-Z0-9]{{5,6}}(?![A-Z0-9]))"
    rf"|[{PROVINCES}][ ·]?[A-Z]\s?{DASH}?\s?(?=[A-Z0-9]*\d)(?:[A-Z0-9]{{5,6}}(?![A-Z0-9])|[A-Z0-9]{{4}}[挂学警港澳领])"
    rf"|新[ ·]?[A-Z]\s?{DASH}?\s?(?=[A-Z0-9]*\d[A-Z]*\d)[A-Z0-9]{{5,6}}(?![A-Z0-9])",  # 新A is Xinjiang's, and a new A
    re.I | re.ASCII,
)
SPELT_MOBILE = re.compile(rf"(?<!{SPELT})[一幺][三四五六七八九]{SPELT}{{9}}(?!{SPELT})")
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+", re.ASCII)
CHATS = [
    re.compile(rf"(?:{CHAT})(?:号码|号|名)?{IS}(?P<who>(?=[a-z_-]*\d)[a-z0-9_-]{{5,20}})", re.I | re.ASCII),
    re.compile(rf"(?:{CHAT}|vx|wx)(?:号码?{IS}|{IS}[:：]\s*)(?P<who>[a-z0-9_-]{{5,20}})", re.I | re.ASCII),
]
NAMES = [
    re.compile(rf"(?:我|俺|他|她|本人|名字|姓名|名|我的名字|本名)叫做?(?P<who>{NAME})"),
    re.compile(rf"[我本](?:(?<=我)的名字|(?<=本)人姓名|(?<=我)名字)[是:：]\s*(?P<who>{NAME})"),
    re.compile(rf"(?:我|俺|本人|免贵|敝|他|她)姓(?P<who>{SURNAME})(?:[,，]?(?:名叫?|叫)(?P<also>{HAN}{{1,3}}?){SOFT})?"),
    re.compile(rf"(?:[我俺]是|本人是?|我系)[:：,，]?(?P<who>{STRICT})"),
    re.compile(rf"(?:[我俺]是|本人是?|我系){HAN}{{0,12}}?(?:{LIVES})[:：,，]?(?P<who>{STRICT})"),
    re.compile(rf"(?:{ASKED})(?:姓名)?{IS}(?P<who>{NAME})"),
    re.compile(rf"(?:联系人|姓名)\s*[:：]\s*{HIDDEN}(?P<who>{HAN}{{2,4}}){HARD}"),
]
TITLED = [
    re.compile(rf"(?:联系|致电|[找问给请打:：,，。;；\s(（]|^)(?!{WORDS})(?P<who>{SURNAME}{GIVEN}{{0,2}}){TITLE}"),
    re.compile(rf"(?P<who>{SURNAME})(?:先生|女士)"),
]
ENGLISH = [
    re.compile(rf"(?i:my name\s*(?:is|:|'s)|{LINE})\s*(?P<who>[A-Z][\w'-]*(?:[ ]+[A-Z][\w'-]*){{0,3}})", re.ASCII),
    re.compile(
        rf"my name(?:\s+is|'s)\s+(?!{NO_NAME})(?P<who>[a-z'-]{{2,}}(?: (?!(?:and|i|my|from|of)\b|{NO_NAME})[a-z'-]{{2,}})?)",
        re.I | re.ASCII,
    ),
]
SAYS_WHO = re.compile(
    rf"(?<![A-Za-z])(?:[Ii](?: am|['’]m)|[Tt]his is) {{1,3}}"
    rf"(?!{DESCRIBES}\b)(?P<who>{WORD}(?: (?!{PLACE}\b){WORD}){{1,2}})(?! {PLACE}\b)",
    re.ASCII,
)
PASSPORTS = re.compile(
    r"(?:护照|passport)\s?(?:号码|号|number|no\.?)?(?: is)?"
    rf"{IS}(?P<who>(?:[a-z]{{1,2}}\d{{7,8}}|\d{{9}})(?![a-z0-9]))",
    re.I | re.ASCII,
)
# A group is looked for only where there is a hint of it: most texts hold none, and that is seen in a tenth of the time.
GROUPS = [
    (re.compile(r"\d(?:[-—–－_.·•,，、/) ]{0,4}\d){6}"), [*NUMBERS, PASSPORTS]),
    (re.compile(rf"[{PROVINCES}新][ ·]?[A-Za-z]"), [PLATE]),
    (re.compile(f"{SPELT}{{11}}"), [SPELT_MOBILE]),
    (re.compile("@"), [MAIL]),
    (re.compile(r"[\w-]{5}", re.ASCII), CHATS),
    (re.compile("[我俺他她名敝人主贵]"), NAMES),
    (re.compile(TITLE), TITLED),
    (re.compile("[A-Za-z]"), [*ENGLISH, SAYS_WHO]),
]


def mask(text):
    """The text with names, telephone, identity-card, bank-card and plate numbers, addresses of mail, WeChat and QQ as ＊.

    Length kept; what is masked once is masked for good: read again until nothing more is found, for a mask may set free what
    stood beside it.
    """
    shown = _masked_once(text)
    while shown != text:
        text, shown = shown, _masked_once(shown)
    return shown


def _found(plain):
    """[(match, its group)] of what is personal in a text of half width."""
    patterns = [pattern for hint, group in GROUPS if hint.search(plain) for pattern in group]
    return [(hit, name) for pattern in patterns for hit in pattern.finditer(plain) for name in pattern.groupindex or (0,)]


def _masked_once(text):
    """The text with what one reading finds as ＊."""
    plain = half_width(text)  # symbol for symbol, so that places agree
    hits = _found(plain)
    if OTHER_DIGITS.search(plain):  # both ways: ①139… is a number behind a mark, ①③⑨… is one
        hits += _found(plain.translate(PLAIN_DIGITS))
    if not hits:
        return text
    shown = list(text)
    for start, end in [hit.span(name) for hit, name in hits]:
        if start >= 0:  # `also` need not be there
            shown[start:end] = MASK * (end - start)
    return "".join(shown)
