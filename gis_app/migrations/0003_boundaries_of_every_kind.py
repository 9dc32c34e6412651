"""Every area has its outline in an edition of its kind; what staff do outside a ticket has a chain of its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


REMEMBER = """
CREATE TRIGGER acts_are_append_only BEFORE UPDATE OR DELETE ON gis_app_act
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_an_event();
"""
FORGET = "DROP TRIGGER acts_are_append_only ON gis_app_act;"


def code_after_town(apps, schema_editor):
    """An outline knows its town by code. Zones, grids and addresses are loaded again from the county's folder."""
    model = lambda name: apps.get_model("gis_app", name)  # noqa: E731
    for row in model("Boundary").objects.select_related("town"):
        model("Boundary").objects.filter(pk=row.pk).update(code=row.town.code, name=row.town.name)
    model("Address").objects.all().delete()
    model("Stamp").objects.filter(name="fixtures").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0002_events_are_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField(unique=True)),
                ('at', models.DateTimeField()),
                ('act', models.CharField(choices=[('load', '装入'), ('activate', '启用'), ('roll_back', '撤回'), ('relocate', '批量改址')], max_length=12)),
                ('about', models.CharField(max_length=60)),
                ('given', models.JSONField(default=dict)),
                ('before', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ['seq'],
            },
        ),
        migrations.AlterModelOptions(
            name='boundary',
            options={'ordering': ['code'], 'verbose_name_plural': 'boundaries'},
        ),
        migrations.RemoveConstraint(
            model_name='address',
            name='a_town_has_an_address_once',
        ),
        migrations.RemoveConstraint(
            model_name='boundary',
            name='a_town_has_one_outline_in_an_edition',
        ),
        migrations.RemoveConstraint(
            model_name='edition',
            name='an_edition_has_a_known_kind',
        ),
        migrations.RemoveConstraint(
            model_name='town',
            name='a_town_has_a_known_kind',
        ),
        migrations.AddField(
            model_name='boundary',
            name='code',
            field=models.CharField(default='', max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='boundary',
            name='name',
            field=models.CharField(default='', max_length=60),
            preserve_default=False,
        ),
        migrations.RunPython(code_after_town, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='boundary',
            name='seat',
        ),
        migrations.RemoveField(
            model_name='boundary',
            name='town',
        ),
        migrations.RemoveField(
            model_name='grid',
            name='outline',
        ),
        migrations.RemoveField(
            model_name='village',
            name='outline',
        ),
        migrations.RemoveField(
            model_name='zone',
            name='outline',
        ),
        migrations.AddField(
            model_name='address',
            name='edition',
            field=models.ForeignKey(default=0, on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='gis_app.edition'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='boundary',
            name='given',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='edition',
            name='before',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gis_app.edition'),
        ),
        migrations.AddField(
            model_name='edition',
            name='loaded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='edition',
            name='report',
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name='edition',
            name='kind',
            field=models.CharField(choices=[('towns', '镇街边界'), ('villages', '村社边界'), ('grids', '责任网格'), ('unit_grids', '单元网格'), ('zones', '包联路段'), ('addresses', '地名')], max_length=12),
        ),
        migrations.AlterField(
            model_name='event',
            name='step',
            field=models.CharField(choices=[('open', '受理'), ('accept', '立案'), ('reject', '不予立案'), ('dispatch', '派遣'), ('return', '退单'), ('start', '处理'), ('finish', '反馈'), ('close', '核查结案'), ('rework', '返工'), ('recall', '收回'), ('relocate', '改址'), ('comment', '补充')], max_length=12),
        ),
        migrations.AlterField(
            model_name='grid',
            name='code',
            field=models.CharField(max_length=20, unique=True),
        ),
        migrations.AlterField(
            model_name='town',
            name='kind',
            field=models.CharField(choices=[('街道', '街道'), ('镇', '镇'), ('其他', '其他')], max_length=2),
        ),
        migrations.AddConstraint(
            model_name='address',
            constraint=models.UniqueConstraint(fields=('edition', 'town', 'name'), name='a_town_has_an_address_once_in_an_edition'),
        ),
        migrations.AddConstraint(
            model_name='boundary',
            constraint=models.UniqueConstraint(fields=('edition', 'code'), name='a_code_has_one_outline_in_an_edition'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['towns', 'villages', 'grids', 'unit_grids', 'zones', 'addresses'])), name='an_edition_has_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='town',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['街道', '镇', '其他'])), name='a_town_has_a_known_kind'),
        ),
        migrations.AddField(
            model_name='act',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='act',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('before', ''), ('seq', 1)), models.Q(('seq__gt', 1), models.Q(('before', ''), _negated=True)), _connector='OR'), name='acts_follow_one_another'),
        ),
        migrations.RunSQL(REMEMBER, FORGET),
    ]
