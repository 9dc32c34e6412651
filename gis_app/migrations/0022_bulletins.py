"""Bulletins. The database refuses to change or remove one that is published, and the figures of one that is approved."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# No constraint can express this: it looks at the row as it was. Emptying is refused as in 0014.
REFUSE = """
CREATE FUNCTION refuse_to_change_a_bulletin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published bulletin is never changed or removed';
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.approved_at IS NOT NULL THEN
            RAISE EXCEPTION 'an approved bulletin is not removed';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.approved_at IS NOT NULL AND NEW.approved_at IS NOT NULL AND NEW.frozen <> OLD.frozen THEN
        RAISE EXCEPTION 'the figures of an approved bulletin are fixed';
    END IF;
    IF NEW.digest <> encode(sha256(convert_to(NEW.frozen, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'the digest of a bulletin is that of its figures';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_bulletins_stay BEFORE INSERT OR UPDATE OR DELETE ON gis_app_bulletin
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_a_bulletin();
CREATE TRIGGER bulletins_are_not_emptied BEFORE TRUNCATE ON gis_app_bulletin EXECUTE FUNCTION refuse_to_empty();
"""
ALLOW = """
DROP TRIGGER bulletins_are_not_emptied ON gis_app_bulletin;
DROP TRIGGER published_bulletins_stay ON gis_app_bulletin;
DROP FUNCTION refuse_to_change_a_bulletin();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0021_rollups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='act',
            name='act',
            field=models.CharField(choices=[('load', '装入'), ('activate', '启用'), ('roll_back', '撤回'), ('relocate', '批量改址'), ('automatic', '自动派遣'), ('look', '看原文'), ('forget', '删除'), ('calendar', '改日历'), ('reach', '发消息'), ('announce', '公告抽查'), ('draw', '抽查'), ('recheck', '复查'), ('export', '导出'), ('draft', '起草通报'), ('approve', '审定通报'), ('reopen', '退回通报'), ('publish', '发布通报')], max_length=12),
        ),
        migrations.CreateModel(
            name='Bulletin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('week', '周通报'), ('month', '月通报')], max_length=5)),
                ('county', models.CharField(max_length=40)),
                ('start', models.DateField()),
                ('end', models.DateField()),
                ('edition', models.PositiveSmallIntegerField(default=1)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('frozen', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('year', models.PositiveSmallIntegerField(null=True)),
                ('serial', models.PositiveIntegerField(null=True)),
                ('made_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected', to='gis_app.bulletin')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-end', 'kind', '-edition'],
                'constraints': [models.UniqueConstraint(fields=('kind', 'start', 'edition'), name='a_period_has_each_edition_once'), models.UniqueConstraint(fields=('year', 'serial', 'edition'), name='a_number_is_given_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['week', 'month'])), name='a_bulletin_is_of_a_week_or_a_month'), models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='a_bulletins_period_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', True), ('edition', 1), ('reason', '')), models.Q(('corrects__isnull', False), ('edition__gt', 1), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='a_later_edition_corrects_one_and_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__gte', models.F('made_at')), ('approved_by__isnull', False)), _connector='OR'), name='a_bulletin_is_approved_by_somebody_after_it_was_made'), models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', True), ('published_by__isnull', True), ('serial__isnull', True), ('year__isnull', True)), models.Q(('published_at__gte', models.F('approved_at')), ('published_by__isnull', False), ('serial__gte', 1), ('year__isnull', False)), _connector='OR'), name='a_bulletin_has_a_number_exactly_when_it_is_published')],
            },
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
