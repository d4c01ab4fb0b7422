// accounts-js behind node:http: one process, one fresh database. 0.27 is the newest release whose
// server, GraphQL and TypeORM packages fit each other.
'use strict';
require('reflect-metadata');
const http = require('node:http');
const argon2 = require('@node-rs/argon2');
const typeorm = require('typeorm');
const { execute, parse, validate } = require('graphql');
const { AccountsServer } = require('@accounts/server');
const { AccountsPassword } = require('@accounts/password');
const { AccountsTypeorm, entities } = require('@accounts/typeorm');
const { AccountsModule } = require('@accounts/graphql-api');

const { BENCH_PORT, BENCH_DATABASE, BENCH_PEOPLE, BENCH_PASSWORD } = process.env;
const ARGON2 = { algorithm: argon2.Algorithm.Argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 };

function openDatabase(url) {
  if (url.startsWith('postgresql:')) {
    // PostgreSQL has gen_random_uuid() of its own; the extension that is asked for otherwise may be
    // missing.
    const uuidExtension = 'pgcrypto';
    return typeorm.createConnection({ type: 'postgres', url, entities, synchronize: true, uuidExtension });
  }
  // Its entities are written for PostgreSQL only.
  for (const { options } of typeorm.getMetadataArgsStorage().columns) {
    if (options.type === 'jsonb') options.type = 'simple-json';
  }
  return typeorm.createConnection({
    type: 'better-sqlite3',
    database: url.replace('sqlite://', ''),
    entities,
    synchronize: true,
    prepareDatabase: (database) => {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
    },
  });
}

// Parsed and validated documents are kept, as Apollo Server does by default.
function rememberingDocuments(schema) {
  const documents = new Map();
  return (source) => {
    if (!documents.has(source)) {
      const document = parse(source);
      const errors = validate(schema, document);
      if (errors.length) throw errors[0];
      documents.set(source, document);
    }
    return documents.get(source);
  };
}

async function main() {
  const connection = await openDatabase(BENCH_DATABASE);
  const password = new AccountsPassword({
    hashPassword: (value) => argon2.hash(value, ARGON2),
    verifyPassword: (value, hash) => argon2.verify(hash, value),
  });
  const accountsServer = new AccountsServer(
    {
      db: new AccountsTypeorm({ connection }),
      tokenSecret: 'bench-secret-bench-secret-bench-secret-0123456789',
    },
    { password },
  );
  for (let n = 0; n < Number(BENCH_PEOPLE); n++) {
    await password.createUser({
      username: `bench${n}`,
      email: `bench${n}@example.com`,
      password: BENCH_PASSWORD,
    });
  }

  const { schema, context } = AccountsModule.forRoot({ accountsServer });
  const documentOf = rememberingDocuments(schema);

  async function answer(request, response, body) {
    try {
      const { query, variables } = JSON.parse(body);
      const contextValue = await context({ req: request, res: response });
      const document = documentOf(query);
      return await execute({ schema, document, contextValue, variableValues: variables });
    } catch (error) {
      return { errors: [{ message: error.message }] };
    }
  }

  const server = http.createServer((request, response) => {
    if (request.url === '/healthz') {
      response.end('ok');
      return;
    }
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const result = await answer(request, response, Buffer.concat(chunks).toString());
      const body = JSON.stringify(result);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
  server.keepAliveTimeout = 75_000;
  server.listen(Number(BENCH_PORT), '127.0.0.1');
}

process.on('SIGTERM', () => process.exit(0));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
