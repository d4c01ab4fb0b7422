// A certified provider (https://github.com/panva/node-oidc-provider): PORT=… CLIENTS='[…]' node oidc-provider.mjs
// Whoever logs in with the name of an account below is that account, with any password; and so is whoever
// logs in with an address, which is verified, or is not with "?" behind it.

import { Provider } from 'oidc-provider';

const ACCOUNTS = {
  ada: { email: 'ada@example.com', email_verified: true, name: 'Ada' },
  mallory: { email: 'ada@example.com', email_verified: false, name: 'Mallory' },
  text: { email: 'ada@example.com', email_verified: 'true', name: 'Text' },
  nobody: { name: 'Nobody' },
};

const provider = new Provider(`http://127.0.0.1:${process.env.PORT}`, {
  clients: JSON.parse(process.env.CLIENTS),
  clientBasedCORS: () => false,
  claims: { email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: process.env.CLAIMS !== 'in-the-token',
  // Two of these are one host to a browser, which knows no ports of cookies.
  cookies: {
    keys: ['for tests'],
    names: Object.fromEntries(
      ['interaction', 'resume', 'session'].map((name) => [name, `_${name}_${process.env.PORT}`]),
    ),
  },
  pkce: { required: () => true },
  findAccount: (_, id) => {
    const [, email, doubt] = /^(.+@[^?]+)(\??)$/.exec(id) ?? [];
    const claims = email ? { email, email_verified: !doubt, name: 'Ada' } : ACCOUNTS[id];
    return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) };
  },
});

provider.listen(Number(process.env.PORT), '127.0.0.1');
