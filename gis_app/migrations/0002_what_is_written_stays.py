"""The database itself refuses to change, remove or empty what must stay: events, acts, roots, what was published or answered."""

from django.db import migrations

# No constraint can express this: it looks at the row as it was. Inserts of events do not meet these triggers. Emptying is allowed
# in a database for tests alone, which is known by its name: a setting could be given by whoever empties.
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
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON gis_app_event
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change('an event');
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

CREATE TRIGGER answered_appeals_stay BEFORE UPDATE ON gis_app_appeal
    FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION refuse_to_change('an answered appeal');
CREATE TRIGGER appeals_are_not_removed BEFORE DELETE ON gis_app_appeal
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change('an appeal');
CREATE TRIGGER appeals_are_not_emptied BEFORE TRUNCATE ON gis_app_appeal EXECUTE FUNCTION refuse_to_empty();
"""
ALLOW = """
DROP FUNCTION refuse_to_change() CASCADE;
DROP FUNCTION refuse_to_empty() CASCADE;
DROP FUNCTION refuse_to_change_a_bulletin() CASCADE;
"""


class Migration(migrations.Migration):
    replaces = [("gis_app", "0022_bulletins")]
    dependencies = [("gis_app", "0001_tables")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
