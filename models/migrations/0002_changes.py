"""PostgreSQL tells whoever listens that a person or a session of theirs has changed.

Triggers, so that nobody who changes a row has to think of it: not a host, not an operator with psql.
What a rotation writes fires none of them. SQLite needs none: there every read is of the file itself.
"""

from tortoise import migrations

from authberry.models.postgres_only import RunOnPostgres


class Migration(migrations.Migration):
    dependencies = [("authberry", "0001_initial")]

    operations = [
        RunOnPostgres(
            [
                """
                CREATE OR REPLACE FUNCTION authberry_tell_user() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_notify('authberry_changes', OLD.id::text);
                  RETURN NULL;
                END $$
                """,
                """
                CREATE OR REPLACE FUNCTION authberry_tell_session() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_notify('authberry_changes', OLD.user_id::text);
                  RETURN NULL;
                END $$
                """,
                """
                CREATE OR REPLACE FUNCTION authberry_tell_all() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_notify('authberry_changes', '');
                  RETURN NULL;
                END $$
                """,
                """
                CREATE TRIGGER authberry_user_changed
                  AFTER UPDATE OR DELETE ON authberry_user
                  FOR EACH ROW EXECUTE FUNCTION authberry_tell_user()
                """,
                """
                CREATE TRIGGER authberry_users_emptied
                  AFTER TRUNCATE ON authberry_user
                  FOR EACH STATEMENT EXECUTE FUNCTION authberry_tell_all()
                """,
                """
                CREATE TRIGGER authberry_session_deleted
                  AFTER DELETE ON authberry_refresh_token
                  FOR EACH ROW WHEN (OLD.revoked_at IS NULL)
                  EXECUTE FUNCTION authberry_tell_session()
                """,
                """
                CREATE TRIGGER authberry_session_ended
                  AFTER UPDATE OF user_id, revoked_at, expires_at ON authberry_refresh_token
                  FOR EACH ROW WHEN (OLD.user_id <> NEW.user_id
                    OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at
                    OR OLD.expires_at > NEW.expires_at)
                  EXECUTE FUNCTION authberry_tell_session()
                """,
                """
                CREATE TRIGGER authberry_sessions_emptied
                  AFTER TRUNCATE ON authberry_refresh_token
                  FOR EACH STATEMENT EXECUTE FUNCTION authberry_tell_all()
                """,
                # Room in each page for a rotated row beside the one before it: no index is written.
                "ALTER TABLE authberry_refresh_token SET (fillfactor = 90)",
            ]
        )
    ]
