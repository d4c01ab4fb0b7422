export { Auth, type AuthOptions } from "./auth.js";
export { AuthError, type Code, type GraphQLFault, isTokenRefused } from "./errors.js";
export { type RequestOptions, request } from "./request.js";
export type * from "./schema.js";
export type { Session, State, User } from "./state.js";
export { inMemory, type TokenStorage } from "./storage.js";
