"""The clerk's form for a file of boundaries: what was typed, how it is read, and the sentence beside the field that is wrong."""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import loading
from gis_app.errors import WHOLE, BadField, BadFile
from gis_app.words import MAPPED, EditionKind

MOST_MB, UNPACKED_MB = 30, 300  # of a file as it is sent, and of what an archive unpacks to
HEAD = 4096  # bytes that say what a file is
FIELDS = ("kind", "crs", "epsg", "code_field", "name_field", "snap", "source", "licence")
LONGEST = {"source": 200, "licence": 100, "code_field": 60, "name_field": 60}
SYSTEMS = (
    ("", gettext_lazy("照文件写的；没写就试出来")),
    ("EPSG:4326", gettext_lazy("WGS84 经纬度")),
    ("EPSG:4490", gettext_lazy("CGCS2000 经纬度（4490）")),
    ("EPSG:4544", gettext_lazy("CGCS2000 高斯，中央经线 105°（4544）")),
    ("EPSG:4545", gettext_lazy("CGCS2000 高斯，中央经线 108°（4545）")),
    ("EPSG:4546", gettext_lazy("CGCS2000 高斯，中央经线 111°（4546）")),
    ("gcj02", gettext_lazy("GCJ-02（高德、腾讯）")),
    ("bd09", gettext_lazy("BD-09（百度）")),
    ("other", gettext_lazy("别的，写 EPSG 编号")),
)
SIGNS = {  # how a file of each kind begins; what only bears the name is not opened
    ".json": lambda head: head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"),
    ".geojson": lambda head: SIGNS[".json"](head),
    ".kml": lambda head: b"<kml" in head and b"<OGRVRT" not in head,
    ".gpkg": lambda head: head.startswith(b"SQLite format 3\0"),
    ".shp": lambda head: head.startswith(b"\0\0\x27\x0a"),
    ".zip": lambda head: head.startswith(b"PK"),
    ".csv": lambda head: b"\0" not in head,
}
MAPS = (".geojson", ".json", ".zip", ".gpkg", ".kml")
BESIDE = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml", ".txt", ".pdf"}  # carried along
OF_A_SHAPEFILE = (".shp", ".dbf", ".shx")


def suffixes_of(kind):
    """The endings of files that a kind is read from."""
    return (".csv",) if kind == EditionKind.ADDRESSES else MAPS


@dataclass
class UploadForm:
    """A file and how it is to be read, as typed. wrong: {field: sentence}; nothing typed is lost when something is."""

    typed: dict
    file: object = None
    wrong: dict = field(default_factory=dict)

    @classmethod
    def empty(cls, kind=EditionKind.TOWNS):
        """The form before anything is typed."""
        return cls(dict.fromkeys(FIELDS, "") | {"kind": str(kind), "snap": f"{loading.Ask.snap:g}"})

    @classmethod
    def read(cls, request):
        """The form as it was sent."""
        return cls({name: request.POST.get(name, "").strip() for name in FIELDS}, request.FILES.get("file"))

    def load(self, by):
        """The edition of the file, which is not in use. Raises BadField, BadFile; then nothing is kept."""
        kind, ask = self.kind(), self.ask()
        check(self.file, kind)
        with TemporaryDirectory() as folder:
            path = Path(folder) / kept_name(self.file.name)  # its own ending: the reader looks at it
            with path.open("wb") as copy:
                copy.writelines(self.file.chunks())
            if kind == EditionKind.ADDRESSES:
                return loading.load_addresses(path, ask, by)
            return loading.load(kind, path, ask, by)

    def kind(self):
        """What the file is of. Raises BadField."""
        if self.typed["kind"] not in MAPPED:
            raise BadField(field="kind", why=_("选一类边界。"))
        return EditionKind(self.typed["kind"])

    def ask(self):
        """How the file is to be read. Raises BadField."""
        for name, most in LONGEST.items():
            if len(self.typed[name]) > most:
                raise BadField(field=name, why=_("最多 %d 字。") % most)
        named = {name: self.typed[name] or None for name in ("code_field", "name_field")}
        told = {"source": self.typed["source"], "licence": self.typed["licence"]}
        return loading.Ask(crs=self.system(), snap=self.snap(), **named, **told)

    def system(self):
        """The coordinate system that was chosen, None to let the file say. Raises BadField."""
        if self.typed["crs"] != "other":
            if self.typed["crs"] not in dict(SYSTEMS):
                raise BadField(field="crs", why=_("选一个坐标系。"))
            return self.typed["crs"] or None
        number = self.typed["epsg"].upper().removeprefix("EPSG:").strip()
        if not (number.isascii() and number.isdigit() and len(number) <= 6):
            raise BadField(field="epsg", why=_("写 EPSG 编号，如 4547。"))
        return f"EPSG:{number}"

    def snap(self):
        """Metres up to which gaps and overlaps are closed. Raises BadField."""
        try:
            metres = float(self.typed["snap"] or loading.Ask.snap)
        except ValueError:
            metres = -1
        if not 0 <= metres <= 20:
            raise BadField(field="snap", why=_("写 0 到 20 之间的米数。"))
        return metres

    def refused(self, problem):
        """The form with a problem's sentence beside the field that it is about."""
        if isinstance(problem, BadFile):
            self.wrong = {"file": file_sentence(problem)}
        else:
            self.wrong = {problem.facts["field"]: problem.facts["why"]}
        return self


def file_sentence(problem):
    """What is wrong with a file, where in it, and what next."""
    why, line = problem.facts["why"], problem.facts["line"]
    found = why if line == WHOLE else _("第 %(line)s 条：%(why)s") % {"line": line, "why": why}
    return _("%s。改好再传一次，文件要重新选；现在什么都没有改动。") % found


def kept_name(name):
    """A file's name, short enough to be kept as where the edition came from."""
    path = Path(name)
    return f"{path.stem[:70]}{path.suffix}"


def check(file, kind):
    """Raises BadField, in words for a clerk, for what cannot be a file of this kind before anything reads it."""
    if file is None:
        raise unfit(_("选一个文件。"))
    suffix, known = Path(file.name).suffix.lower(), suffixes_of(kind)
    if file.size > MOST_MB * 1024 * 1024:
        raise unfit(_("文件太大：最多 %d MB。把图形化简，或者只留这一类再导出。") % MOST_MB)
    if not file.size:
        raise unfit(_("文件是空的。"))
    if suffix == ".shp":
        raise unfit(_("单个 .shp 不够：把同名的 .shp、.dbf、.shx、.prj 压成一个 .zip 再传。"))
    if suffix not in known:
        raise unfit(_("这一类要 %(known)s 文件。") % {"known": " ".join(known)})
    head = file.read(HEAD)
    file.seek(0)
    if not SIGNS[suffix](head):
        raise unfit(_("名字是 %(suffix)s，里面却不是。") % {"suffix": suffix})
    if suffix == ".zip":
        check_archive(file)
        file.seek(0)


def check_archive(file):
    """Raises BadField unless an archive holds one map and what belongs to it."""
    try:
        archive = zipfile.ZipFile(file)
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")]
        if sum(entry.file_size for entry in entries) > UNPACKED_MB * 1024 * 1024:
            raise unfit(_("压缩包展开以后太大：最多 %d MB。") % UNPACKED_MB)
        maps = [entry for entry in entries if Path(entry.filename).suffix.lower() not in BESIDE]
        fit = [entry for entry in maps if _begins_right(archive, entry)]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise unfit(_("压缩包打不开：坏了，或者加了密码。")) from error
    if len(maps) != 1 or not fit:
        raise unfit(_("压缩包里要正好有一份地图：一个 .shp 和它的 .dbf、.shx、.prj。"))
    there = {Path(entry.filename).suffix.lower() for entry in entries}
    if ".shp" in there and (missing := [part for part in OF_A_SHAPEFILE if part not in there]):
        raise unfit(_("压缩包里少了 %(missing)s。") % {"missing": " ".join(missing)})


def _begins_right(archive, entry):
    sign = SIGNS.get(Path(entry.filename).suffix.lower())
    with archive.open(entry) as inside:
        return sign is not None and sign(inside.read(HEAD))


def table_of(request, most_mb, why_big, suffixes):
    """The sheet that was sent. Raises BadField, in words for a clerk, for what cannot be one before anything reads it."""
    file = request.FILES.get("file")
    if file is None:
        raise unfit(_("选一个文件。"))
    if not file.size:
        raise unfit(_("文件是空的。"))
    if file.size > most_mb * 1024 * 1024:
        raise unfit(why_big % most_mb)
    if Path(file.name).suffix.lower() not in suffixes:
        raise unfit(_("要 %(known)s 文件。") % {"known": " ".join(suffixes)})
    return file


def unfit(why):
    """The Problem of a file that is not even read."""
    return BadField(field="file", why=why)
