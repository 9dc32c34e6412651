"""Duties are loaded as editions: looked at before they are used, and undone. Categories may be dispatched by themselves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def into_one_edition(apps, schema_editor):
    """The duties that there are become one edition, in use."""
    duties = apps.get_model("gis_app", "Duty").objects.all()
    if duties.exists():
        named = {"kind": "duties", "source": "duties.csv", "digest": "before editions", "active": True}
        duties.update(edition=apps.get_model("gis_app", "Edition").objects.create(**named))


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0005_reports_from_the_hotline'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Automatic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.BooleanField(default=False)),
                ('least', models.DecimalField(decimal_places=2, default=0.9, max_digits=3)),
            ],
            options={
                'ordering': ['category'],
            },
        ),
        migrations.CreateModel(
            name='SpotCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('right', models.BooleanField(null=True)),
                ('at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['day', 'ticket'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='edition',
            name='an_edition_has_a_known_kind',
        ),
        migrations.AlterField(
            model_name='edition',
            name='kind',
            field=models.CharField(choices=[('towns', '镇街边界'), ('villages', '村社边界'), ('grids', '责任网格'), ('unit_grids', '单元网格'), ('zones', '包联路段'), ('addresses', '地名'), ('duties', '职责')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['towns', 'villages', 'grids', 'unit_grids', 'zones', 'addresses', 'duties'])), name='an_edition_has_a_known_kind'),
        ),
        migrations.AddField(
            model_name='duty',
            name='edition',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='duties', to='gis_app.edition'),
        ),
        migrations.RunPython(into_one_edition, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),  # else the table cannot be altered now
        migrations.AlterField(
            model_name='duty',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='duties', to='gis_app.edition'),
        ),
        migrations.RemoveField(
            model_name='duty',
            name='source',
        ),
        migrations.AddField(
            model_name='automatic',
            name='category',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='automatic', to='gis_app.category'),
        ),
        migrations.AddField(
            model_name='spotcheck',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='spotcheck',
            name='ticket',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='spot_check', to='gis_app.ticket'),
        ),
        migrations.AddConstraint(
            model_name='automatic',
            constraint=models.CheckConstraint(condition=models.Q(('least__gt', 0), ('least__lte', 1)), name='a_share_is_more_than_nothing_and_at_most_all'),
        ),
        migrations.AddConstraint(
            model_name='spotcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at__isnull', True), ('right__isnull', True)), models.Q(('at__isnull', False), ('right__isnull', False)), _connector='OR'), name='a_look_has_its_time'),
        ),
    ]
