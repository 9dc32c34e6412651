"""Bulletins as everybody reads them: what was published, edition by edition, and the files of each."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import condition, require_safe

from gis_app.assess.documents import FILES, PUBLIC_FILES, document
from gis_app.assess.telling import tell
from gis_app.errors import NotFound
from gis_app.models import Bulletin

PAGE = 50
LONG = "public, max-age=31536000, immutable"  # a published bulletin never changes


def published():
    """What everybody may read, newest first."""
    return Bulletin.objects.filter(published_at__isnull=False).select_related("corrects").defer("frozen", "corrects__frozen")


@require_safe
def every(request):
    """All published bulletins, a page of them; every edition stands there."""
    text = request.GET.get("page", "")
    number = max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    rows = list(published()[(number - 1) * PAGE : number * PAGE + 1])
    return render(request, "public/bulletins.html", {"rows": rows[:PAGE], "more": len(rows) > PAGE, "number": number})


@require_safe
def one(request, pk):
    """One edition; where a later one corrects it, that is said first."""
    row = get_object_or_404(Bulletin, pk=pk, published_at__isnull=False)
    later = published().filter(kind=row.kind, start=row.start, edition__gt=row.edition).first()
    context = {"bulletin": row, "told": tell(row, public=True), "later": later, "files": PUBLIC_FILES}
    return render(request, "public/bulletin.html", context)


def mark_of(request, pk, name):
    """What a file is known by: the digest of its figures; None where there is no such file."""
    row = published().filter(pk=pk).first() if name in PUBLIC_FILES else None
    return f'"{row.digest[:32]}-{pk}"' if row else None


@require_safe
@condition(etag_func=mark_of)
def file(request, pk, name):
    """A file of a published bulletin."""
    if name not in PUBLIC_FILES:
        raise NotFound
    return answer(get_object_or_404(Bulletin, pk=pk, published_at__isnull=False), name, LONG, public=True)


def answer(row, name, kept, public=False):
    """A file as an answer. kept: who may keep it for how long. The PDF is shown; the others are for keeping."""
    _make, kind = FILES[name]
    named = f"bulletin-{row.start}-{row.kind}-{row.edition}.{name.rpartition('.')[2]}"
    shown = "inline" if name.endswith(".pdf") else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{named}"', "Cache-Control": kept}
    return HttpResponse(document(row, name, public), content_type=kind, headers=headers)
