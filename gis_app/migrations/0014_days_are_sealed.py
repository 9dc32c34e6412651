"""Each day gets a signed root. The database refuses to change roots and leaves, and to empty them, events or acts."""

from django.conf import settings
from django.db import migrations, models

# No constraint can express this. Inserts do not meet these triggers. Emptying is allowed in a database for tests alone, which is
# known by its name: a setting could be given by whoever empties.
REFUSE = """
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed or removed', TG_ARGV[0];
END $$;
CREATE FUNCTION refuse_to_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_database() NOT LIKE 'test\\_%' THEN
        RAISE EXCEPTION '% is never emptied', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS acts_are_append_only ON gis_app_act;
CREATE TRIGGER acts_are_append_only BEFORE UPDATE OR DELETE ON gis_app_act
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change('an act');
CREATE TRIGGER roots_are_append_only BEFORE UPDATE OR DELETE ON gis_app_root
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change('a root');
CREATE TRIGGER leaves_are_append_only BEFORE UPDATE OR DELETE ON gis_app_leaf
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change('a leaf');
CREATE TRIGGER events_are_not_emptied BEFORE TRUNCATE ON gis_app_event EXECUTE FUNCTION refuse_to_empty();
CREATE TRIGGER acts_are_not_emptied BEFORE TRUNCATE ON gis_app_act EXECUTE FUNCTION refuse_to_empty();
CREATE TRIGGER roots_are_not_emptied BEFORE TRUNCATE ON gis_app_root EXECUTE FUNCTION refuse_to_empty();
CREATE TRIGGER leaves_are_not_emptied BEFORE TRUNCATE ON gis_app_leaf EXECUTE FUNCTION refuse_to_empty();
"""
ALLOW = """
DROP FUNCTION refuse_to_change() CASCADE;
DROP FUNCTION refuse_to_empty() CASCADE;
CREATE TRIGGER acts_are_append_only BEFORE UPDATE OR DELETE ON gis_app_act
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_an_event();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0013_acts_of_the_calendar'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('of', models.CharField(choices=[('tickets', '案件'), ('reports', '上报')], max_length=8)),
                ('number', models.PositiveIntegerField()),
                ('heads', models.BinaryField()),
            ],
            options={
                'verbose_name_plural': 'leaves',
                'ordering': ['day', 'of', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('contact', '联系方式'), ('words', '原话'), ('photos', '照片'), ('visits', '访问次数'), ('submissions', '提交编号'), ('looks', '查看记录')], max_length=12, unique=True)),
                ('days', models.PositiveIntegerField(blank=True, null=True)),
                ('why', models.CharField(max_length=200)),
            ],
            options={
                'verbose_name_plural': 'retention',
                'ordering': ['kind'],
            },
        ),
        migrations.CreateModel(
            name='Root',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('made_at', models.DateTimeField()),
                ('events_upto', models.BigIntegerField()),
                ('reports_upto', models.BigIntegerField()),
                ('acts_upto', models.BigIntegerField()),
                ('events', models.PositiveIntegerField()),
                ('reports', models.PositiveIntegerField()),
                ('acts', models.PositiveIntegerField()),
                ('acts_hash', models.CharField(blank=True, max_length=64)),
                ('before', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('signature', models.CharField(max_length=128)),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.AddField(
            model_name='words',
            name='gone',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(fields=['act', 'at'], name='acts_by_kind_and_time'),
        ),
        migrations.AddConstraint(
            model_name='words',
            constraint=models.CheckConstraint(condition=models.Q(('gone', ''), ('text', ''), _connector='OR'), name='words_that_are_gone_are_gone'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.UniqueConstraint(fields=('day', 'of', 'number'), name='leaves_of_a_day_are_numbered'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.CheckConstraint(condition=models.Q(('of__in', ['tickets', 'reports'])), name='a_leaf_lists_tickets_or_reports'),
        ),
        migrations.AddConstraint(
            model_name='retention',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['contact', 'words', 'photos', 'visits', 'submissions', 'looks'])), name='what_is_kept_for_a_time_is_of_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='retention',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'looks'), _negated=True), ('days__isnull', True), _connector='OR'), name='looks_are_one_chain_and_stay'),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
