"""What can be wrong, as sentences: what, why, what next. Each kind of door translates them once."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

WHOLE = "–"  # in place of a line: what is wrong with a file is wrong with all of it
UNOPENED = {  # why a file cannot be opened
    FileNotFoundError: _("没有这个文件"),
    NotADirectoryError: _("没有这个文件"),
    IsADirectoryError: _("这是文件夹，不是文件"),
    PermissionError: _("没有读它的权限"),
    OSError: _("读的时候出了错，文件可能坏了"),
}


class Problem(Exception):
    """A domain error. status and slug are its HTTP shape; facts fill the sentences and travel with the answer."""

    status, slug = 422, "problem"
    what = why = next = ""

    def __init__(self, **facts):
        self.facts = facts
        super().__init__(self.slug)

    def told(self, part):
        """One of the three sentences, in the language of the moment."""
        return str(getattr(self, part)) % self.facts if getattr(self, part) else ""

    def sentence(self):
        """All that there is to say, for a terminal or a log."""
        return " ".join(filter(None, map(self.told, ("what", "why", "next"))))

    def __str__(self):
        return self.sentence()


class BadField(Problem):
    """Something that was sent cannot be read."""

    slug = "bad-field"
    what = _("有一项填得不对：%(field)s。")
    why = _("%(why)s")
    next = _("改好这一项再发一次。")


class OutsideArea(Problem):
    slug = "outside-area"
    what = _("这里不在%(county)s内，最近的是%(nearest)s，%(km).1f 千米。")
    next = _("把图钉移到县内；邻县的事请打 12345。")


class SwappedCoordinates(Problem):
    slug = "outside-area"
    what = _("这里不在%(county)s内：经度和纬度像是写反了。")
    why = _("收到经度 %(lon)s、纬度 %(lat)s；对调以后在%(town)s。")
    next = _("对调 lon 和 lat 再发一次。")


class OutsideWords(Problem):
    slug = "outside-area"
    what = _("“%(name)s”不在%(county)s。")
    next = _("改成县内的地名，或者在地图上点一下；外县的事请打当地 12345。")


class Unplaced(Problem):
    slug = "unplaced"
    what = _("还不知道在哪里。")
    why = _("%(why)s")
    next = _("在地图上点一下，或者写上镇街和村社的名字。")


class WhichSide(Problem):
    """A position's circle crosses a border that changes the unit: asked once, by doors that can ask."""

    slug = "which-side"
    what = _("这里在镇街的交界上，定位有误差。")
    why = _("两边归不同的单位办。")
    next = _("选一边再发；说不准也可以直接发。")


class BadPhoto(Problem):
    slug = "bad-photo"
    what = _("这张照片收不下。")
    why = _("%(why)s")
    next = _("换一张 JPEG、PNG、WebP 或 HEIC 照片；不附照片也可以发。")


class KeyReused(Problem):
    status, slug = 409, "key-reused"
    what = _("这个提交编号已经用过，内容却不一样。")
    why = _("同一个 Idempotency-Key 只能重发同一件事。")
    next = _("新的内容请换一个新编号。")


class TooLarge(Problem):
    status, slug = 413, "too-large"
    what = _("发来的内容太大。")
    why = _("一次最多收 %(mb)d MB。")
    next = _("照片拍小一点，或者少发几张；地图文件把图形化简，或者只留要的那一类。")


class WrongMedia(Problem):
    status, slug = 415, "wrong-media"
    what = _("看不懂发来的格式。")
    why = _("收到的是 %(media)s。")
    next = _("用 application/json 或 multipart/form-data。")


class WrongMethod(Problem):
    status, slug = 405, "wrong-method"
    what = _("这个地址不收这种请求。")
    next = _("看看接口说明 /api/v1/openapi.json。")


class ByButtonOnly(WrongMethod):
    what = _("这一页不能直接打开。")
    why = _("它是办一步的地址，要从按钮进来。")
    next = _("回到列表，打开那一件再办。")


class TooMany(Problem):
    status, slug = 429, "too-many"
    what = _("发得太快了。")
    why = _("同一个地址一分钟最多发 %(limit)d 件。")
    next = _("过 %(seconds)d 秒再发，内容还在。")


class Unavailable(Problem):
    status, slug = 503, "unavailable"
    what = _("现在忙不过来，没有收下。")
    why = _("数据库没有应答。")
    next = _("过 %(seconds)d 秒再发，写的内容别关掉。")


class NotSignedIn(Problem):
    status, slug = 401, "not-signed-in"
    what = _("要先登录。")
    why = _("没有登录，或者令牌不对。")
    next = _("登录，或者在 Authorization: Bearer 后面带上令牌。")


class NoPageToken(Problem):
    """A post by session without the page's token: another site may have sent it."""

    status, slug = 403, "no-csrf-token"
    what = _("没有收下：缺 CSRF 令牌。")
    why = _("登录后从页面发的请求要带 X-CSRFToken。")
    next = _("刷新页面再发一次；程序请用 Authorization: Bearer。")


class NotForYou(Problem):
    """The page or list is for other roles; single rows that are not yours do not exist (404)."""

    status, slug = 403, "not-yours"
    what = _("这一页不归您的岗位看。")
    next = _("换一个账号登录，或者找管理员。")


class NotFound(Problem):
    status, slug = 404, "not-found"
    what = _("没有找到。")
    why = _("编号写错了，或者不在您的范围里。")
    next = _("核对编号再试一次。")


class StaleTicket(Problem):
    status, slug = 409, "stale-ticket"
    what = _("别人先办了一步，您写的都在。")
    why = _("%(who)s %(when)s 已经“%(step)s”。")
    next = _("看看现在的样子，再决定。")


class WrongState(Problem):
    status, slug = 409, "wrong-state"
    what = _("现在是“%(state)s”，不能“%(step)s”。")
    why = _("现在可以：%(steps)s。")
    next = _("看看现在的样子，再决定。")


class NotNow(WrongState):
    """State and person fit; something else stands against a step at this moment."""

    what = _("现在不能“%(step)s”。")
    why = _("%(why)s")
    next = _("%(next)s")


class NotYours(Problem):
    status, slug = 403, "not-yours"
    what = _("这一步不归您办。")
    why = _("“%(step)s”由%(who)s办。")
    next = _("请他们来办；有话要说，在工单上留言。")


class SendersOnly(Problem):
    """A member of staff tried a step that belongs to whoever holds a report's code."""

    status, slug = 403, "not-yours"
    what = _("这一步由上报人自己办。")
    why = _("您登录着工作人员的账号。")
    next = _("工作人员的步骤在工单页上办；您自己报的，退出登录再办。")


class StepNeeds(Problem):
    """A step lacks something; the slug names it: needs-note, needs-after_photo …"""

    what = _("还差%(label)s。")
    next = _("补上再办这一步。")

    def __init__(self, need, label, **facts):
        super().__init__(need=need, label=label, **facts)
        self.slug = f"needs-{need}"


class BadFile(Problem):
    """A file that a clerk loads has a row that cannot be used, or cannot be used at all (line: WHOLE)."""

    slug = "bad-file"
    what = _("%(file)s 第 %(line)s 行用不了：%(why)s。")
    whole = _("%(file)s 用不了：%(why)s。")
    next = _("改好再装一次；这一次什么都没有改动。")

    def told(self, part):
        return super().told("whole" if part == "what" and self.facts["line"] == WHOLE else part)


class Unopened(BadFile):
    """A file that is not there, or cannot be read; the system's own words for it stay out of the sentence."""

    whole = _("%(file)s 打不开：%(why)s。")
    next = _("看看名字和路径写得对不对，或者换一个打得开的文件，再装一次；这一次什么都没有改动。")

    @classmethod
    def because(cls, path, error):
        """The Problem of a path that gave this OSError."""
        why = next(why for kind, why in UNOPENED.items() if isinstance(error, kind))
        return cls(file=Path(path).name, line=WHOLE, why=str(why))


class NoOfficeHours(Problem):
    """Nothing can be due where no office ever opens."""

    status, slug = 503, "no-office-hours"
    what = _("还没有办公时间，期限算不出来。")
    next = _("请管理员装入 officehours.csv：全县至少要有一段办公时间。")


class EditionUnfit(Problem):
    """Boundaries with faults that no person can wave through."""

    status, slug = 409, "edition-unfit"
    what = _("这一版边界不能启用。")
    why = _("%(why)s。")
    next = _("把文件改好再装一次；现用的边界没有动。")


class EditionKept(Problem):
    """An edition that cannot be deleted, since something rests on it."""

    status, slug = 409, "edition-kept"
    what = _("这一版边界不能删。")
    why = _("%(why)s。")
    next = _("留着它，不启用就不影响什么。")


class EditionUnsure(Problem):
    """Boundaries that somebody must insist on."""

    status, slug = 409, "edition-unsure"
    what = _("这一版先没有启用。")
    why = _("%(why)s。")
    next = _("核对以后确实要用，就坚持启用；记录里会写明。")


class NothingToUndo(Problem):
    status, slug = 409, "nothing-to-undo"
    what = _("没有可以撤回的：这一类以前没有换过。")


class StillWriting(Problem):
    status, slug = 503, "still-writing"
    what = _("这一天还封不了。")
    why = _("有一批数据正在写，等了 %(seconds)d 秒还没有写完。")
    next = _("等它写完再封一次；写的人不用停。")


class ContactUnread(Problem):
    status, slug = 409, "contact-unread"
    what = _("联系方式读不出来。")
    why = _("它是用另一把钥匙锁的：数据库和 contact.key 不是一套。")
    next = _("请管理员从备份里找回 contact.key。")


class NumberNotYet(Problem):
    """A draw whose public number nobody knows yet."""

    status, slug = 409, "number-not-yet"
    what = _("还不能抽。")
    why = _("公告里说好用 %(day)s 的数，那一天还没有到。")
    next = _("到了那天，等数公布了再来。")


class DrawnAlready(Problem):
    status, slug = 409, "drawn-already"
    what = _("这一次已经抽过了，不能再抽。")
    why = _("种子和名单都公布了。")
    next = _("看抽出来的名单；要再抽，另发一次公告。")


class CheckedAlready(Problem):
    status, slug = 409, "checked-already"
    what = _("这一件已经记过结果了。")
    why = _("每件只记一次，不能改。")
    next = _("还有话要说，请告诉派遣台。")


class BulletinSettled(Problem):
    """A bulletin is asked for something that its state does not allow any more, or not yet."""

    status, slug = 409, "bulletin-settled"
    what = _("%(what)s。")
    why = _("%(why)s。")
    next = _("%(next)s。")


class FourEyes(Problem):
    status, slug = 403, "four-eyes"
    what = _("这一期是您起草的，要由另一位领导审定。")
    why = _("起草和审定分开，错了有人看得出来。")
    next = _("请别的领导审定；只有您一位领导的时候不受这个限制。")


class BadArgument(Problem):
    slug = "bad-argument"
    what = _("%(why)s")
