// better-auth behind node:http, through its own handler: one process, one fresh database.
import http from 'node:http';
import * as argon2 from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer, jwt } from 'better-auth/plugins';

const { BENCH_PORT, BENCH_DATABASE, BENCH_PEOPLE, BENCH_PASSWORD, COOKIE_CACHE } = process.env;
const ARGON2 = { algorithm: argon2.Algorithm.Argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 };

async function openDatabase(url) {
  if (url.startsWith('postgresql:')) {
    const { default: pg } = await import('pg');
    return new pg.Pool({ connectionString: url, max: 10 });
  }
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite(url.replace('sqlite://', ''));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  return database;
}

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${BENCH_PORT}`,
  secret: 'bench-secret-bench-secret-bench-secret-0123456789',
  database: await openDatabase(BENCH_DATABASE),
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => argon2.hash(password, ARGON2),
      verify: ({ hash, password }) => argon2.verify(hash, password),
    },
  },
  session: { cookieCache: { enabled: COOKIE_CACHE === '1', maxAge: 300 } },
  // A JWT is signed when it is asked for, not with every get-session.
  plugins: [bearer(), jwt({ disableSettingJwtHeader: true })],
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
for (let n = 0; n < Number(BENCH_PEOPLE); n++) {
  await auth.api.signUpEmail({
    body: { email: `bench${n}@example.com`, password: BENCH_PASSWORD, name: `bench${n}` },
  });
}

const handle = toNodeHandler(auth);
const server = http.createServer((request, response) => {
  if (request.url === '/healthz') response.end('ok');
  else handle(request, response);
});
server.keepAliveTimeout = 75_000;
server.listen(Number(BENCH_PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
