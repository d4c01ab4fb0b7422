"""Tables as they are after years: filled by the server itself, and analysed."""

import asyncpg

ROWS = 1_000_000
"""People, sessions and events, each."""
A_PERSON = 10
"""Sessions and events that one person has."""

# Around the noon at which tests take place.
_NOON = "timestamptz '2026-01-01 12:00:00+00'"
_PAST = f"{_NOON} - random() * interval '360 days'"
_KIND = """
    CASE WHEN n % 10 < 7 THEN 'token_refreshed' WHEN n % 10 < 9 THEN 'login_succeeded'
    WHEN n % 1000 = 9 THEN 'password_reset' WHEN n % 100 < 50 THEN 'token_reissued'
    ELSE 'mail_sent' END
"""
_EVENT_ID = f"""
    (lpad(to_hex((extract(epoch FROM {_NOON} - (n::float / $rows) * interval '90 days') * 1000)
    ::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 5, 15))
    ::uuid
"""

FILL = (
    f"""
    INSERT INTO authberry_user (id, email, email_key, email_verified, name, password_hash, roles,
      created_at, disabled_at, deletes_at)
    SELECT md5('user' || n)::uuid, 'person' || n || '@example.com',
      CASE WHEN n % 1000 = 0 THEN 'key' || n || '@example.com' END, true, 'Person ' || n,
      repeat('x', 97), '[]', {_PAST}, CASE WHEN n % 500 = 0 THEN {_NOON} END,
      CASE WHEN n % 2000 = 0 THEN {_NOON} + (random() - 0.1) * interval '30 days' END
    FROM generate_series(1, $rows) n
    """,
    f"""
    INSERT INTO authberry_refresh_token (id, user_id, generation, token_hash, transport,
      authenticated_at, created_at, rotated_at, last_used_at, expires_at, absolute_expires_at,
      user_agent, ip_address, revoked_at, revoked_reason)
    SELECT gen_random_uuid(), md5('user' || (1 + n / {A_PERSON}))::uuid, n % 50, md5(n::text),
      'COOKIE', at, at, at, at, at + interval '14 days', at + interval '90 days',
      'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', '192.0.2.1',
      CASE WHEN n % 5 = 0 THEN at + interval '1 day' END, CASE WHEN n % 5 = 0 THEN 'revoked' END
    FROM (SELECT n, {_NOON} - random() * interval '20 days' AS at
      FROM generate_series(0, $rows - 1) n) sessions
    """,
    f"""
    INSERT INTO authberry_event (id, kind, occurred_at, user_id, session_id, ip_address)
    SELECT {_EVENT_ID}, {_KIND}, {_NOON} - (n::float / $rows) * interval '90 days',
      CASE WHEN n % 20 > 0 THEN md5('user' || (1 + n % ($rows / {A_PERSON})))::uuid END,
      gen_random_uuid(), '192.0.2.1'
    FROM generate_series(1, $rows) n
    """,
    f"""
    INSERT INTO authberry_one_time_token (id, user_id, purpose, token_hash, rests_on, email,
      created_at, expires_at)
    SELECT gen_random_uuid(), md5('user' || n)::uuid,
      CASE WHEN n % 9 = 0 THEN 'undo_email_change' ELSE 'reset_password' END, md5(n::text),
      md5(n::text), CASE WHEN n % 9 = 0 THEN 'former' || n || '@example.com' END, at,
      at + interval '1 day'
    FROM (SELECT n, {_NOON} - random() * interval '25 hours' AS at
      FROM generate_series(1, $rows / 10) n) links
    """,
    f"""
    INSERT INTO authberry_outbox (id, letter, payload, recipient_hash, attempts, created_at,
      expires_at, due_at)
    SELECT gen_random_uuid(), 'reset_password', repeat('x', 400), md5(n::text), 0, at,
      at + interval '2 days', at + interval '1 hour'
    FROM (SELECT n, {_NOON} - random() * interval '3 hours' AS at
      FROM generate_series(1, $rows / 10) n) mails
    """,
    f"""
    INSERT INTO authberry_totp (id, user_id, name, sealed_seed, last_step, created_at)
    SELECT gen_random_uuid(), md5('user' || n)::uuid, 'app', repeat('x', 100), n, {_PAST}
    FROM generate_series(1, $rows / 5) n
    """,
    f"""
    INSERT INTO authberry_passkey (id, user_id, name, credential_id, credential_hash, user_handle,
      public_key, sign_count, aaguid, transports, backup_eligible, backed_up, user_verified,
      created_at)
    SELECT gen_random_uuid(), md5('user' || n)::uuid, 'key', md5(n::text), md5(n::text),
      md5('handle' || n), repeat('x', 100), 0, '', 'internal', true, true, true, {_PAST}
    FROM generate_series(1, $rows / 5) n
    """,
    f"""
    INSERT INTO authberry_recovery_code (id, user_id, slot, code_hash, created_at)
    SELECT gen_random_uuid(), md5('user' || (1 + n / 10))::uuid, n % 10, repeat('x', 97), {_PAST}
    FROM generate_series(0, $rows - 1) n
    """,
    f"""
    INSERT INTO authberry_pending_login (id, user_id, purpose, secret_hash, transport, proofs,
      rests_on, attempts, created_at, expires_at)
    SELECT gen_random_uuid(), md5('user' || n)::uuid, 'login', md5(n::text), 'COOKIE', '{{}}',
      md5(n::text), 0, at, at + interval '5 minutes'
    FROM (SELECT n, {_NOON} - random() * interval '1 hour' AS at
      FROM generate_series(1, $rows / 5) n) logins
    """,
    f"""
    INSERT INTO authberry_trusted_device (id, user_id, token_hash, rests_on, created_at,
      last_used_at, expires_at)
    SELECT gen_random_uuid(), md5('user' || n)::uuid, md5(n::text), md5(n::text), at, at,
      at + interval '30 days'
    FROM (SELECT n, {_NOON} - random() * interval '31 days' AS at
      FROM generate_series(1, $rows / 5) n) devices
    """,
    f"""
    INSERT INTO authberry_spent_challenge (challenge_hash, expires_at)
    SELECT md5(n::text), {_NOON} - random() * interval '20 minutes'
    FROM generate_series(1, $rows / 5) n
    """,
    f"""
    INSERT INTO authberry_factor_reset (id, user_id, created_at, effective_at)
    SELECT gen_random_uuid(), md5('user' || n)::uuid, {_NOON}, {_NOON} + (random() - 0.1)
      * interval '30 days'
    FROM generate_series(1, $rows / 5) n
    """,
)


async def fill(connection: asyncpg.Connection, rows: int) -> None:
    """Fill the tables, which are there and empty."""
    for statement in FILL:
        await connection.execute(statement.replace("$rows", str(rows)))
    await connection.execute("VACUUM ANALYZE")
