"""Tickets, events, reports and notices stand in fewer indexes: no step and no report writes one that nobody reads."""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import gis_app.models.report
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gis_app', '0006_figures_beside_the_key'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='ticket',
            name='open_tickets_by_due',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='tickets_by_due',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='tickets_by_unit_due',
        ),
        migrations.AlterField(
            model_name='escalation',
            name='event',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gis_app.event'),
        ),
        migrations.AlterField(
            model_name='escalation',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='escalations', to='gis_app.ticket'),
        ),
        migrations.AlterField(
            model_name='event',
            name='said',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gis_app.words'),
        ),
        migrations.AlterField(
            model_name='event',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='gis_app.ticket'),
        ),
        migrations.AlterField(
            model_name='event',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='gis_app.unit'),
        ),
        migrations.AlterField(
            model_name='event',
            name='user',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='notice',
            name='escalation',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='gis_app.escalation'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='event',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='gis_app.event'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='notice',
            name='report',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='gis_app.report'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='gis_app.unit'),
        ),
        migrations.AlterField(
            model_name='report',
            name='category',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='gis_app.category'),
        ),
        migrations.AlterField(
            model_name='report',
            name='code',
            field=models.CharField(default=gis_app.models.report.fresh_code, max_length=12),
        ),
        migrations.AlterField(
            model_name='report',
            name='edition',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='gis_app.edition'),
        ),
        migrations.AlterField(
            model_name='report',
            name='grid',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to='gis_app.grid'),
        ),
        migrations.AlterField(
            model_name='report',
            name='point',
            field=django.contrib.gis.db.models.fields.PointField(null=True, spatial_index=False, srid=4326),
        ),
        migrations.AlterField(
            model_name='report',
            name='said',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gis_app.words'),
        ),
        migrations.AlterField(
            model_name='report',
            name='town',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='gis_app.town'),
        ),
        migrations.AlterField(
            model_name='report',
            name='village',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='gis_app.village'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='edition',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='gis_app.edition'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='finished_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='grid',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tickets', to='gis_app.grid'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='proposed',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='gis_app.unit'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='town',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='gis_app.town'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='gis_app.unit'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='village',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='gis_app.village'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='worker',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('grid__isnull', False)), fields=['grid'], name='reports_by_grid'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('village__isnull', False)), fields=['village'], name='tickets_by_village'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('grid__isnull', False)), fields=['grid'], name='tickets_by_grid'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('worker__isnull', False)), fields=['worker'], name='tickets_by_worker'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='tickets_by_due'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('unit_due_at__isnull', False)), fields=['unit_due_at'], name='tickets_by_unit_due'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('code',), name='a_code_opens_one_report'),
        ),
    ]
