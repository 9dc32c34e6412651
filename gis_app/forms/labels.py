"""What pages say of steps: the words on a button, the consequence said before the act, and where on a page it stands."""

from django.utils.translation import gettext_lazy as _

from gis_app.words import StepName

LABELS = {  # what a button of a step says: a verb and its object; a step that is absent is on no page of staff
    StepName.ACCEPT: _("只立案"),
    StepName.REJECT: _("不予立案"),
    StepName.MERGE: _("并到另一件"),
    StepName.UNMERGE: _("撤销并案"),
    StepName.SPLIT: _("拆成几件"),
    StepName.RELEASE: _("公开这些话和照片"),
    StepName.WITHHOLD: _("不再公开"),
    StepName.DISPATCH: _("派遣"),
    StepName.ASSIGN: _("指派给人"),
    StepName.RETURN: _("不归我管"),
    StepName.RECALL: _("收回这件"),
    StepName.START: _("开始处理"),
    StepName.FINISH: _("反馈办完"),
    StepName.SEND_CHECK: _("派人去看"),
    StepName.CHECK: _("报看到的情况"),
    StepName.CLOSE: _("核查结案"),
    StepName.REWORK: _("返回重办"),
    StepName.ASK_EXTENSION: _("申请延期"),
    StepName.GRANT: _("同意延期"),
    StepName.REFUSE: _("不同意延期"),
    StepName.SUSPEND: _("先挂账"),
    StepName.RESUME: _("恢复办理"),
    StepName.SUPERVISE: _("督办这件"),
    StepName.ANSWER: _("回复督办"),
    StepName.LIFT: _("解除督办"),
    StepName.URGE: _("催办一次"),
    StepName.RECLASSIFY: _("换一个小类"),
    StepName.RELOCATE: _("换一个地点"),
    StepName.COMMENT: _("留言"),
}
TOLD = {  # the consequence, said before the act
    StepName.REJECT: _("上报人会看到这个原因。"),
    StepName.MERGE: _("这一件停下，和那一件一起办；上报人照样能查到进展。"),
    StepName.UNMERGE: _("回到并案以前的样子，单独办，期限还是原来的。"),
    StepName.SPLIT: _("每一件单独立案、单独算时限；这一件照旧。"),
    StepName.RELEASE: _("附近的人能看到遮住个人信息的原话，还有照片。"),
    StepName.WITHHOLD: _("别人只看得到类别和大概的地方。"),
    StepName.RETURN: _("退给派遣台，由派遣台另派。"),
    StepName.RECALL: _("退回派遣台，单位的时限停下，答应市民的期限接着走。"),
    StepName.FINISH: _("上报人会看到说明和照片。"),
    StepName.SEND_CHECK: _("派去的人会在任务里看到，要拍照、定位。"),
    StepName.CHECK: _("派遣台会看到结果、照片和站的地方。"),
    StepName.REWORK: _("退给承办单位，时限接着算。"),
    StepName.ASK_EXTENSION: _("只能延一次，派遣台同意了才算数。"),
    StepName.GRANT: _("时限推迟到这一天，上报人会知道。"),
    StepName.REFUSE: _("时限不变，承办单位会看到原因。"),
    StepName.SUSPEND: _("时限停下，到那天再接着走；上报人会知道。"),
    StepName.RESUME: _("时限从现在接着走，上报人会知道。"),
    StepName.SUPERVISE: _("承办单位要在这一天前回复，上报人会知道领导督办了。"),
    StepName.ANSWER: _("督办的人会看到；解除以前还算督办。"),
    StepName.LIFT: _("督办到此为止，承办单位会知道。"),
    StepName.URGE: _("给承办单位发一条催办，时限不变。"),
    StepName.RECLASSIFY: _("时限照新的小类从立案重算；换了单位就收回重派。"),
    StepName.RELOCATE: _("单位按新地点重找；换了单位就收回重派。"),
    StepName.COMMENT: _("只有工作人员看得到。"),
}
ALSO = {  # optional, yet often wanted
    StepName.CLOSE: ("note",),
    StepName.DISPATCH: ("note",),
    StepName.SEND_CHECK: ("note",),
    StepName.CHECK: ("note",),
    StepName.ANSWER: ("photos",),
    StepName.COMMENT: ("photos",),
}
FORWARD = (  # the green button, first that may be
    StepName.CHECK,
    StepName.START,
    StepName.FINISH,
    StepName.CLOSE,
    StepName.DISPATCH,
    StepName.ACCEPT,
    StepName.RESUME,
)
SERIOUS = (StepName.REJECT, StepName.RECALL, StepName.SUPERVISE)  # others see it at once and it hurts: a red button
BESIDE_WORDS = (StepName.RELEASE, StepName.WITHHOLD)  # these stand beside the words that they are about
KEYS = {StepName.REJECT: "X", StepName.COMMENT: "R", StepName.MERGE: "M", StepName.SEND_CHECK: "C", StepName.URGE: "U"}
FLAT = 4  # as many steps beside the green one stand open; with more, the rare ones are folded away
RARE = (  # (heading, its steps) of the fold
    (_("时限"), (StepName.ASK_EXTENSION, StepName.SUSPEND)),
    (_("督办"), (StepName.SUPERVISE, StepName.URGE)),
    (_("拆分"), (StepName.SPLIT,)),
    (_("类别、地点、单位"), (StepName.RECLASSIFY, StepName.RELOCATE, StepName.RECALL)),
)
AHEAD = {  # how many days of work ahead a form proposes; a person writes another date as easily
    StepName.ASK_EXTENSION: 3,
    StepName.SUSPEND: 10,
    StepName.SUPERVISE: 2,
}
