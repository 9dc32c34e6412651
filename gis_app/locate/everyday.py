"""When a short name is only a word: a willow and not 柳树镇, 县城固定 and not 城固, a man who is called 张柳."""

import re

EVERYDAY = frozenset(  # words of everyday speech that are also names: alone they are no place
    (
        *("和平", "红星", "八一", "七一", "水磨", "檀木", "三合", "柏林", "大树", "台子", "红花", "大兴", "大河"),
        *("前锋", "二里", "十里", "枣园", "官兵", "板桥", "五星", "拱桥", "凤凰", "柳树", "白杨", "星火", "永兴"),
        *("新路", "河湾", "龙门", "胜利", "四合", "白云", "太平", "高潮", "高桥", "前进", "三联", "茶园", "桑园"),
        *("河西", "松树", "细辛", "汉江", "双河", "中心", "石梯", "古城", "三岔", "天池", "龙泉", "莲花", "青龙"),
        *("麻柳", "苦竹", "大场", "龙池", "老君", "红庙", "双庙", "沙河", "小龙", "大坪", "西河", "三坪", "十字路"),
        *("分水岭", "八角楼", "五间房", "进站路", "城内街", "树林坪", "鸳鸯池", "黄泥池"),
    )
)
NEVER_BEFORE = (*"路街巷道里区县市省州长枯飘絮枝叶死", "倒了")  # 莲花路 is not 莲花社区, its town beside it or not
NOT_A_PLACE_BEFORE = (*NEVER_BEFORE, *"水岸滩边桥沟坝", "级酒店", "级饭店")  # 大河里 is a river
PLACE_AFTER = (  # a place stands before these
    *("街上", "老街", "集镇", "菜市场", "市场", "幼儿园", "小学", "中学", "学校", "桥头", "村委会", "居委会", "卫生室"),
    *("卫生院", "派出所", "车站", "广场", "门口", "路口", "那边", "这边", "外面", "那里", "这里", "那儿", "那点", "那达", "这达"),
    *("安置点", "安置小区", "老百姓", "片区", "一带"),
)
RARE_AFTER = (  # and a name that is no everyday word before these, too
    *("小区", "寺", "大桥", "桥", "新村", "对面", "旁边", "附近", "后面", "前面", "背后", "隔壁", "后山"),
)
SCHOOLS = ("小学", "中学", "学校", "幼儿园")  # 胜利小学: every county has one of that name
PART = re.compile(r"\s*第?[一二三四五六七八九十百\d]+\s*(?:组|队|社(?!会|区)|号|栋|幢|小组|村民组)")  # 三组, 12号
OF_IT = re.compile(r"[那这]个?(?:卫生|学校|小学|桥|路|村|水|沟|渠|河|垃圾|广场|市场|车站|厕所)")  # 回龙那个卫生室
STARTS = "在到去从往至过经住来回我你他她是由自离于们说问个和与及跟同对向给找天就归属嘛啊哦呢吧呀"  # a name may follow these
# Words that end, or begin, inside what looks like a name: 县城|固定, 岩石|泉水, 城镇|巴士.
WHOLE_BEFORE = (
    *("县城", "城镇", "乡镇", "集镇", "古镇", "小镇", "全镇"),
    *("岩石", "矿石", "山石", "土石", "碎石", "砂石", "沙石", "大石"),
)
WHOLE_AFTER = ("关闭", "关门", "固定", "固废", "固化", "固体", "巴士", "巴不", "强硬", "强大", "强制", "强行", "坝头")
ELSEWHERE = re.compile(r"(?<!汉中)市$|县$|州$|(?<!社)区$")  # 某市城北 is a side of that city, 某县洋溪镇 a town of that county
ADDRESS = re.compile(r"[\u4e00-\u9fff]{1,4}[区县市]")  # 西安市雁塔区, at the start of a text; elsewhere it is said in passing
COMPOUND = re.compile("三岔路口|十字路口(?!的?村)|中心(?:小学|学校|校|中学|幼儿园|卫生院|医院|敬老院|广场|市场)")
CALLED = re.compile(r"(?:叫|姓名|反映人|联系人|当事人|书记|主任|同志|医生|老师|女士|先生)[：: ]?$")
PERSON = re.compile(r"\s*(?:先生|女士|同志|书记|主任|医生|老师|[哥姐叔爷]|院长|局长|的?电话|这个人|那个人)")


def is_an_everyday_word_here(text, hit, towns_end):
    """Whether a hit that may be no name is none here, by the symbols around it. towns_end: where towns' names end."""
    name = hit.name
    if not name.weak or text.strip() == name.text:
        return False
    after = text[hit.end : hit.end + 6]
    if _straddles(text, hit) or COMPOUND.match(text, hit.start) or PERSON.match(after):
        return True
    if name.kind == "outside":
        return name.is_far and not (text[: hit.start].strip(" 我在位于") == "" and ADDRESS.match(after))
    if ELSEWHERE.search(text[max(hit.start - 3, 0) : hit.start]):
        return True
    if name.text in EVERYDAY and not _beside(text, hit.start, towns_end) and not begins_here(text, hit.start):
        return True
    if len(name.text) > 2 or after.startswith(PLACE_AFTER) or (name.text not in EVERYDAY and after.startswith("桥")):
        return False
    return after.startswith(NEVER_BEFORE if hit.start in towns_end else NOT_A_PLACE_BEFORE)


def _beside(text, start, towns_end):
    """Whether a town is named right before: 城北莲花, 城北的莲花."""
    return start in towns_end or (start - 1 in towns_end and text[start - 1] in "的 ,")


def _straddles(text, hit):
    """Whether the hit's first symbol ends a word, or its last one begins one: 县城|固定."""
    start, end = hit.start, hit.end
    before = start and text[start - 1 : start + 1] in WHOLE_BEFORE and text[max(start - 2, 0) : start] != "西乡"
    return before or text[end - 1 : end + 1] in WHOLE_AFTER


def begins_here(text, start):
    """Whether a name may begin here: no symbol before it makes it part of a longer word."""
    before = text[start - 1 : start]
    return not before or not ("\u4e00" <= before <= "\u9fff") or before in STARTS


def stands_for_a_place(text, hit):
    """Whether a short name is a place by what stands around it, without its town."""
    if text.strip() == hit.name.text:
        return True
    if CALLED.search(text[max(hit.start - 5, 0) : hit.start]):
        return False
    after = text[hit.end : hit.end + 12]
    if hit.name.text in EVERYDAY and after.startswith(SCHOOLS):
        return False
    if hit.name.text not in EVERYDAY and after.startswith(RARE_AFTER):
        return True
    return bool(after.startswith(PLACE_AFTER) or PART.match(after) or OF_IT.match(after))
