"""Appeals against the scores of published months. The database refuses to change an answered one and to remove any."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# No constraint can express this: it looks at the row as it was.
REFUSE = """
CREATE TRIGGER answered_appeals_stay BEFORE UPDATE ON gis_app_appeal
    FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION refuse_to_change('an answered appeal');
CREATE TRIGGER appeals_are_not_removed BEFORE DELETE ON gis_app_appeal
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change('an appeal');
CREATE TRIGGER appeals_are_not_emptied BEFORE TRUNCATE ON gis_app_appeal EXECUTE FUNCTION refuse_to_empty();
"""
ALLOW = """
DROP TRIGGER appeals_are_not_emptied ON gis_app_appeal;
DROP TRIGGER appeals_are_not_removed ON gis_app_appeal;
DROP TRIGGER answered_appeals_stay ON gis_app_appeal;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0022_bulletins'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='act',
            name='act',
            field=models.CharField(choices=[('load', '装入'), ('activate', '启用'), ('roll_back', '撤回'), ('relocate', '批量改址'), ('automatic', '自动派遣'), ('look', '看原文'), ('forget', '删除'), ('calendar', '改日历'), ('reach', '发消息'), ('announce', '公告抽查'), ('draw', '抽查'), ('recheck', '复查'), ('export', '导出'), ('draft', '起草通报'), ('approve', '审定通报'), ('reopen', '退回通报'), ('publish', '发布通报'), ('appeal', '申诉'), ('answer', '答复申诉')], max_length=12),
        ),
        migrations.CreateModel(
            name='AppealRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(unique=True)),
                ('days', models.PositiveSmallIntegerField()),
                ('note', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-since'],
                'constraints': [models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 90)), name='a_month_may_be_contested_for_1_to_90_days')],
            },
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=500)),
                ('made_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, choices=[('granted', '同意'), ('refused', '不同意')], max_length=7)),
                ('points', models.PositiveIntegerField(null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('bulletin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='gis_app.bulletin')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gis_app.unit')),
            ],
            options={
                'ordering': ['-made_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('bulletin', 'unit'), name='a_unit_contests_an_edition_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='an_appeal_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at__isnull', True), ('answered_by__isnull', True), ('note', ''), ('points__isnull', True)), models.Q(('answer__in', ['granted', 'refused']), ('answered_at__gte', models.F('made_at')), ('answered_by__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='an_appeal_is_answered_by_somebody_with_a_note'), models.CheckConstraint(condition=models.Q(models.Q(('answer', 'granted'), ('points__isnull', False), ('points__lte', 10000)), models.Q(models.Q(('answer', 'granted'), _negated=True), ('points__isnull', True)), _connector='OR'), name='a_granted_appeal_and_no_other_has_a_score')],
            },
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
