"""What a cell has, for counts to be held against: people, metres of road; an edition of each kind."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0003_views_for_analysts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='edition',
            name='an_edition_has_a_known_kind',
        ),
        migrations.AlterField(
            model_name='edition',
            name='kind',
            field=models.CharField(choices=[('towns', '镇街边界'), ('villages', '村社边界'), ('grids', '责任网格'), ('unit_grids', '单元网格'), ('zones', '包联路段'), ('addresses', '地名'), ('duties', '职责'), ('people', '人口'), ('roads', '道路')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['towns', 'villages', 'grids', 'unit_grids', 'zones', 'addresses', 'duties', 'people', 'roads'])), name='an_edition_has_a_known_kind'),
        ),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cell', models.BigIntegerField()),
                ('amount', models.FloatField()),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exposures', to='gis_app.edition')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('edition', 'cell'), name='a_cell_has_an_exposure_once_in_an_edition'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='an_exposure_is_more_than_nothing')],
            },
        ),
    ]
