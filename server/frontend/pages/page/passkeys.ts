/** Whether this browser has passkeys, and the server's JSON for them (WebAuthn level 3, section 5.1.8). */
export const hasPasskeys = (): boolean =>
  "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
