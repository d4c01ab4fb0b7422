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
  /** The provider has let nobody in, or has answered what cannot be used. */
  | 'EXTERNAL_LOGIN_FAILED'
  /** The person asking has no such app or passkey. */
  | 'FACTOR_NOT_FOUND'
  /** This service wants accounts to have a second factor, and it is the last one. */
  | 'FACTOR_REQUIRED'
  /** The person asking is known and may not. */
  | 'FORBIDDEN'
  /** The document is not GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** This account at the provider logs in to another account here. */
  | 'IDENTITY_IN_USE'
  /** The person asking has no such login at a provider. */
  | 'IDENTITY_NOT_FOUND'
  /** Something went wrong here. The request id finds it in the log. */
  | 'INTERNAL_SERVER_ERROR'
  /** Unknown address, wrong password, disabled account: one face for all of them. */
  | 'INVALID_CREDENTIALS'
  /** A value that cannot be taken; `field` names the argument. */
  | 'INVALID_INPUT'
  /** A code or a passkey is wrong, or was used before: one face for all of them. */
  | 'INVALID_PROOF'
  /** The token of a link, or a ticket, is not good: used, too old, or never one. */
  | 'INVALID_TOKEN'
  /** Without it, nobody could log in to the account any more. */
  | 'LAST_WAY_IN'
  /** The document is larger than any client of this API needs. */
  | 'OPERATION_TOO_COMPLEX'
  /** There is no such passkey here; the browser may forget it (`signalUnknownCredential`). */
  | 'PASSKEY_UNKNOWN'
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
  /** The person asking has no such device. */
  | 'TRUSTED_DEVICE_NOT_FOUND'
  /** The field needs somebody, and nobody is known to be asking. */
  | 'UNAUTHENTICATED'
  /** The password is refused; `reasons` says why, a sentence each. */
  | 'WEAK_PASSWORD';

/** What a login at a provider is begun for. */
export type ExternalLoginIntent =
  /** To let it log in to the account of the person asking. Needs a login of the last five minutes, with a second factor (`STEP_UP_REQUIRED`). */
  | 'LINK'
  /** To log in, or to make an account where there is none. */
  | 'LOGIN'
  /** To prove once more who one is, by what is linked already; the session goes on. */
  | 'REAUTHENTICATE';

/** What can be a second factor. */
export type FactorKind =
  /** A key in a phone, a computer or a token of its own (WebAuthn). */
  | 'PASSKEY'
  /** One of the codes that were shown when the first factor was set up. */
  | 'RECOVERY_CODE'
  /** A code that an app shows (RFC 6238). */
  | 'TOTP';

/** One proof of who somebody is. */
export type Proof =
  {   /** What `navigator.credentials.get` answered, as `toJSON` writes it. */
  readonly passkey: unknown; readonly password?: never; readonly recoveryCode?: never; readonly totpCode?: never; }
  |  { readonly passkey?: never;   readonly password: string; readonly recoveryCode?: never; readonly totpCode?: never; }
  |  { readonly passkey?: never; readonly password?: never;   /** Spaces, dashes and small letters do not matter. Each code is good once. */
  readonly recoveryCode: string; readonly totpCode?: never; }
  |  { readonly passkey?: never; readonly password?: never; readonly recoveryCode?: never;   /** What the app shows. Each code is good once. */
  readonly totpCode: string; };

/** How the refresh token travels. `COOKIE` is for browsers: an HttpOnly cookie that no script can read. `BODY` is for clients without a cookie jar. `SESSION` is for pages that are rendered on a server: there is none, and an HttpOnly cookie answers queries by itself. */
export type RefreshTokenTransport =
  | 'BODY'
  | 'COOKIE'
  | 'SESSION';

type ExternalAnswer_AccountLinkRequired_Fragment = { readonly __typename: 'AccountLinkRequired', readonly ticket: string | null, readonly expiresAt: string, readonly provider: string, readonly email: string };

type ExternalAnswer_AuthPayload_Fragment = { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } };

type ExternalAnswer_EmailSent_Fragment = { readonly __typename: 'EmailSent', readonly ok: boolean };

type ExternalAnswer_ExternalLoginFailed_Fragment = { readonly __typename: 'ExternalLoginFailed', readonly code: ErrorCode, readonly message: string, readonly reason: string };

type ExternalAnswer_FactorEnrollmentRequired_Fragment = { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null };

type ExternalAnswer_IdentityInUse_Fragment = { readonly __typename: 'IdentityInUse', readonly code: ErrorCode, readonly message: string };

type ExternalAnswer_IdentityLinked_Fragment = { readonly __typename: 'IdentityLinked', readonly identity: { readonly id: string, readonly provider: string, readonly email: string | null, readonly createdAt: string, readonly lastUsedAt: string | null } };

type ExternalAnswer_InvalidProof_Fragment = { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string, readonly attemptsLeft: number | null };

type ExternalAnswer_InvalidToken_Fragment = { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string };

type ExternalAnswer_RegistrationClosed_Fragment = { readonly __typename: 'RegistrationClosed', readonly code: ErrorCode, readonly message: string };

type ExternalAnswer_SecondFactorRequired_Fragment = { readonly __typename: 'SecondFactorRequired', readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown };

type ExternalAnswer_TooManyAttempts_Fragment = { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number };

export type ExternalAnswerFragment =
  | ExternalAnswer_AccountLinkRequired_Fragment
  | ExternalAnswer_AuthPayload_Fragment
  | ExternalAnswer_EmailSent_Fragment
  | ExternalAnswer_ExternalLoginFailed_Fragment
  | ExternalAnswer_FactorEnrollmentRequired_Fragment
  | ExternalAnswer_IdentityInUse_Fragment
  | ExternalAnswer_IdentityLinked_Fragment
  | ExternalAnswer_InvalidProof_Fragment
  | ExternalAnswer_InvalidToken_Fragment
  | ExternalAnswer_RegistrationClosed_Fragment
  | ExternalAnswer_SecondFactorRequired_Fragment
  | ExternalAnswer_TooManyAttempts_Fragment
;

export type BeginExternalLoginMutationVariables = Exact<{
  provider: string | number;
  returnTo: string;
  intent: ExternalLoginIntent;
  transport: RefreshTokenTransport;
}>;


export type BeginExternalLoginMutation = { readonly beginExternalLogin:
    | { readonly __typename: 'ExternalLoginBegun', readonly authorizationUrl: string, readonly ticket: string | null, readonly expiresAt: string }
    | { readonly __typename: 'InvalidInput', readonly code: ErrorCode, readonly message: string, readonly field: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type CompleteExternalLoginMutationVariables = Exact<{
  ticket?: string | null | undefined;
}>;


export type CompleteExternalLoginMutation = { readonly completeExternalLogin:
    | { readonly __typename: 'AccountLinkRequired', readonly ticket: string | null, readonly expiresAt: string, readonly provider: string, readonly email: string }
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'EmailSent', readonly ok: boolean }
    | { readonly __typename: 'ExternalLoginFailed', readonly code: ErrorCode, readonly message: string, readonly reason: string }
    | { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null }
    | { readonly __typename: 'IdentityInUse', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'IdentityLinked', readonly identity: { readonly id: string, readonly provider: string, readonly email: string | null, readonly createdAt: string, readonly lastUsedAt: string | null } }
    | { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string, readonly attemptsLeft: number | null }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RegistrationClosed', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SecondFactorRequired', readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type ConfirmAccountLinkMutationVariables = Exact<{
  proof: Proof;
  ticket?: string | null | undefined;
}>;


export type ConfirmAccountLinkMutation = { readonly confirmAccountLink:
    | { readonly __typename: 'AccountLinkRequired', readonly ticket: string | null, readonly expiresAt: string, readonly provider: string, readonly email: string }
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'EmailSent', readonly ok: boolean }
    | { readonly __typename: 'ExternalLoginFailed', readonly code: ErrorCode, readonly message: string, readonly reason: string }
    | { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null }
    | { readonly __typename: 'IdentityInUse', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'IdentityLinked', readonly identity: { readonly id: string, readonly provider: string, readonly email: string | null, readonly createdAt: string, readonly lastUsedAt: string | null } }
    | { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string, readonly attemptsLeft: number | null }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RegistrationClosed', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SecondFactorRequired', readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type GrantedFragment = { readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } };

export type SecondStepFragment = { readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown };

export type EnrollmentFragment = { readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null };

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
    | { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null }
    | { readonly __typename: 'InvalidInput', readonly code: ErrorCode, readonly message: string, readonly field: string }
    | { readonly __typename: 'RegistrationClosed', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SecondFactorRequired', readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown }
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
    | { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null }
    | { readonly __typename: 'InvalidCredentials', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SecondFactorRequired', readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type LoginWithLinkMutationVariables = Exact<{
  token: string;
  transport: RefreshTokenTransport;
}>;


export type LoginWithLinkMutation = { readonly loginWithLink:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SecondFactorRequired', readonly ticket: string | null, readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type CompleteLoginMutationVariables = Exact<{
  proof?: Proof | null | undefined;
  skip?: boolean;
  ticket?: string | null | undefined;
  trustDevice?: boolean;
}>;


export type CompleteLoginMutation = { readonly completeLogin:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'FactorEnrollmentRequired', readonly ticket: string | null, readonly expiresAt: string, readonly allowed: ReadonlyArray<FactorKind>, readonly deadline: string | null }
    | { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string, readonly attemptsLeft: number | null }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type ReauthenticateMutationVariables = Exact<{
  proof: Proof;
}>;


export type ReauthenticateMutation = { readonly reauthenticate:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   | null };

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
  currentPassword?: string | null | undefined;
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

export type WhoQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoQuery = { readonly me: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string } | null, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } | null };

export type BeginPasskeyLoginMutationVariables = Exact<{ [key: string]: never; }>;


export type BeginPasskeyLoginMutation = { readonly beginPasskeyLogin: { readonly options: unknown } };

export type LoginWithPasskeyMutationVariables = Exact<{
  credential: unknown;
  transport: RefreshTokenTransport;
}>;


export type LoginWithPasskeyMutation = { readonly loginWithPasskey:
    | { readonly __typename: 'AuthPayload', readonly accessToken: string, readonly expiresIn: number, readonly expiresAt: string, readonly refreshToken: string | null, readonly user: { readonly id: string, readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly roles: ReadonlyArray<string>, readonly createdAt: string }, readonly session: { readonly id: string, readonly current: boolean, readonly createdAt: string, readonly lastUsedAt: string, readonly expiresAt: string, readonly userAgent: string | null, readonly ipAddress: string | null } }
    | { readonly __typename: 'EmailNotVerified', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'PasskeyUnknown', readonly code: ErrorCode, readonly message: string, readonly rpId: string, readonly credentialId: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   };

export type BeginPasskeyRegistrationMutationVariables = Exact<{
  ticket?: string | null | undefined;
}>;


export type BeginPasskeyRegistrationMutation = { readonly beginPasskeyRegistration: { readonly options: unknown } | null };

export type FinishPasskeyRegistrationMutationVariables = Exact<{
  credential: unknown;
  name?: string | null | undefined;
  ticket?: string | null | undefined;
}>;


export type FinishPasskeyRegistrationMutation = { readonly finishPasskeyRegistration:
    | { readonly __typename: 'FactorAdded', readonly recoveryCodes: ReadonlyArray<string> | null, readonly factor:
        | { readonly id: string, readonly kind: FactorKind, readonly name: string, readonly createdAt: string, readonly lastUsedAt: string | null }
        | { readonly id: string, readonly kind: FactorKind, readonly name: string, readonly createdAt: string, readonly lastUsedAt: string | null }
       }
    | { readonly __typename: 'InvalidInput', readonly code: ErrorCode, readonly message: string, readonly field: string }
    | { readonly __typename: 'InvalidProof', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly code: ErrorCode, readonly message: string, readonly retryAfter: number }
   | null };

export type RemoveFactorMutationVariables = Exact<{
  id: string | number;
}>;


export type RemoveFactorMutation = { readonly removeFactor:
    | { readonly __typename: 'FactorNotFound', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'FactorRemoved', readonly ok: boolean }
    | { readonly __typename: 'FactorRequired', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'LastWayIn', readonly code: ErrorCode, readonly message: string }
   | null };

export type AcceptedPasskeysQueryVariables = Exact<{ [key: string]: never; }>;


export type AcceptedPasskeysQuery = { readonly acceptedPasskeys: { readonly rpId: string, readonly userId: string, readonly allAcceptedCredentialIds: ReadonlyArray<string> } | null };
