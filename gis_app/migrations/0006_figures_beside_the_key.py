"""The months of a task carry their figures in their index: maps of a year are read from it alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0005_hotline_files'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='taskmonth',
            name='one_count_for_a_month_place_and_task',
        ),
        migrations.AddConstraint(
            model_name='taskmonth',
            constraint=models.UniqueConstraint(fields=('task', 'month', 'cell', 'town'), include=('opened', 'closed', 'late', 'voices'), name='one_count_for_a_month_place_and_task', nulls_distinct=False),
        ),
    ]
