// A provider whose tokens are tampered with: PORT=… node mock-server.mjs
// The last part of the path of the redirect URI says how.

import { OAuth2Server } from 'oauth2-mock-server';

const hour = 3600;
const LIES = {
  none: () => {},
  issuer: ({ payload }) => (payload.iss = 'https://evil.example'),
  audience: ({ payload }) => (payload.aud = 'somebody-else'),
  nonce: ({ payload }) => (payload.nonce = 'another'),
  expired: ({ payload }) => (payload.exp -= 2 * hour),
  early: ({ payload }) => (payload.iat += hour),
  subject: ({ payload }) => delete payload.sub,
  party: ({ payload }) => (payload.azp = 'somebody-else'),
  kid: ({ header }) => (header.kid = 'another'),
};

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', (token, request) => {
  const lie = new URL(request.body.redirect_uri).pathname.split('/').at(-1);
  LIES[lie](token);
});
server.service.on('beforeResponse', ({ body }, request) => {
  if (new URL(request.body.redirect_uri).pathname.endsWith('/unsigned')) {
    const [, claims] = body.id_token.split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    body.id_token = `${header}.${claims}.`;
  }
});
LIES.unsigned = LIES.none;
// It takes any client by any means, and says that it takes those who say nothing.
server.service.on('beforeWellKnownOpenIdConfiguration', ({ body }) => {
  body.token_endpoint_auth_methods_supported = ['client_secret_post'];
});
await server.start(Number(process.env.PORT), '127.0.0.1');
server.issuer.url = `http://127.0.0.1:${process.env.PORT}`;
