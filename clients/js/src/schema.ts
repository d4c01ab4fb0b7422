/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** What went wrong, for programs. Data and `extensions.code` use the same words. */
export type ErrorCode =
  /** The request itself is not one. */
  | 'BAD_REQUEST'
  /** A page of another site may not use, or be given, the refresh token cookie. */
  | 'CROSS_SITE_REQUEST'
  /** The password is right, and the address has yet to be proved: a link was mailed to it. */
  | 'EMAIL_NOT_VERIFIED'
  /** There is an account with that address. */
  | 'EMAIL_TAKEN'
  /** The person asking is known and may not. */
  | 'FORBIDDEN'
  /** The document is not GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** Something went wrong here. The request id finds it in the log. */
  | 'INTERNAL_SERVER_ERROR'
  /** Unknown address, wrong password, disabled account: one face for all of them. */
  | 'INVALID_CREDENTIALS'
  /** A value that cannot be taken; `field` names the argument. */
  | 'INVALID_INPUT'
  /** The token of a link is not good: used, too old, replaced by events, or never one. */
  | 'INVALID_TOKEN'
  /** The document is larger than any client of this API needs. */
  | 'OPERATION_TOO_COMPLEX'
  /** The document itself is to be sent: none is kept here under a hash or an id. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** Its session was not used for too long, or has reached its greatest age. */
  | 'REFRESH_TOKEN_EXPIRED'
  /** Never issued here, or not one that its session can be renewed with. */
  | 'REFRESH_TOKEN_INVALID'
  /** Neither a cookie nor an argument. */
  | 'REFRESH_TOKEN_MISSING'
  /** A token that was rotated away was used again: somebody has a copy. The session is over. */
  | 'REFRESH_TOKEN_REUSED'
  /** Accounts are made by the operator here. */
  | 'REGISTRATION_CLOSED'
  /** The service cannot answer now, and nothing was decided. Try again shortly. */
  | 'SERVICE_UNAVAILABLE'
  /** No live session of the person asking has that id. */
  | 'SESSION_NOT_FOUND'
  /** The session was ended: by logout, from another device, or by the operator. */
  | 'SESSION_REVOKED'
  /** Tried too often; `retryAfter` says in how many seconds it may be tried again. */
  | 'TOO_MANY_ATTEMPTS'
  /** The field needs somebody, and nobody is known to be asking. */
  | 'UNAUTHENTICATED'
  /** The password is refused; `reasons` says why, a sentence each. */
  | 'WEAK_PASSWORD';

/** How the refresh token travels. `COOKIE` is for browsers: an HttpOnly cookie that no script can read. `BODY` is for clients without a cookie jar. */
export type RefreshTokenTransport =
  | 'BODY'
  | 'COOKIE';

export type GrantedFragment = { readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } };

export type RegisterMutationVariables = Exact<{
  email: string;
  password: string;
  name?: string | null | undefined;
  transport: RefreshTokenTransport;
}>;


export type RegisterMutation = { readonly register:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'EmailSent', readonly ok: boolean }
    | { readonly __typename: 'EmailTaken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly code: ErrorCode, readonly message: string, readonly field: string }
    | { readonly __typename: 'RegistrationClosed', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
    | { readonly __typename: 'WeakPassword', readonly code: ErrorCode, readonly message: string, readonly reasons: ReadonlyArray<string> }
   };

export type LoginMutationVariables = Exact<{
  email: string;
  password: string;
  transport: RefreshTokenTransport;
}>;


export type LoginMutation = { readonly login:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'EmailNotVerified', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidCredentials', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type LoginWithLinkMutationVariables = Exact<{
  token: string;
  transport: RefreshTokenTransport;
}>;


export type LoginWithLinkMutation = { readonly loginWithLink:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type RefreshTokenMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;


export type RefreshTokenMutation = { readonly refreshToken:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'RefreshTokenExpired', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RefreshTokenInvalid', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RefreshTokenMissing', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RefreshTokenReused', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SessionRevoked', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type ChangePasswordMutationVariables = Exact<{
  currentPassword: string;
  newPassword: string;
}>;


export type ChangePasswordMutation = { readonly changePassword:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'InvalidCredentials', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
    | { readonly __typename: 'WeakPassword', readonly code: ErrorCode, readonly message: string, readonly reasons: ReadonlyArray<string> }
   | null };

export type LogoutMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;


export type LogoutMutation = { readonly logout: { readonly ok: boolean } };
