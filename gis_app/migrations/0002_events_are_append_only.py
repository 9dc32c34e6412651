"""The database itself refuses to change or remove an event."""

from django.db import migrations

# No constraint can express this. Inserts do not meet the trigger: it stands on UPDATE and DELETE alone.
REFUSE = """
CREATE FUNCTION refuse_to_change_an_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event is never changed or removed';
END $$;
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON gis_app_event
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_an_event();
"""
ALLOW = """
DROP TRIGGER events_are_append_only ON gis_app_event;
DROP FUNCTION refuse_to_change_an_event();
"""


class Migration(migrations.Migration):
    dependencies = [("gis_app", "0001_first")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
