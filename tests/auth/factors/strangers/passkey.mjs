// Verifies an answer of a passkey with what we have stored of it.
import { verifyAuthenticationResponse } from "@simplewebauthn/server";

const { stored, answer, challenge, origin, rpId } = JSON.parse(process.argv[2]);
const { verified, authenticationInfo } = await verifyAuthenticationResponse({
  response: answer,
  expectedChallenge: challenge,
  expectedOrigin: origin,
  expectedRPID: rpId,
  credential: { ...stored, publicKey: Buffer.from(stored.publicKey, "base64url") },
});
const { userVerified, credentialDeviceType, credentialBackedUp } = authenticationInfo;
console.log(JSON.stringify({ verified, userVerified, credentialDeviceType, credentialBackedUp }));
