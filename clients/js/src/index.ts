export { Auth } from "./auth.js";
export type { AuthOptions } from "./auth-options.js";
export type { Credential } from "./credential.js";
export { AuthError, type Code, type GraphQLFault, isTokenRefused, type StepUp } from "./errors.js";
export type {
  ExternalCompletionOptions,
  ExternalLoginBegun,
  ExternalLoginCompleted,
  ExternalLoginOptions,
} from "./external-logins.js";
export type {
  PasskeyLoginOptions,
  PasskeyProofOptions,
  PasskeyRegistrationOptions,
} from "./passkeys.js";
export { type RequestOptions, request } from "./request.js";
export type * from "./schema.js";
export type { Person, Session, State, User } from "./state.js";
export type { OnStepUp } from "./step-ups.js";
export { inMemory, type TokenStorage } from "./storage.js";
