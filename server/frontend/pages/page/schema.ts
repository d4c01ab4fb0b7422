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

/** What can happen to an account. There may be more of them one day. */
export type SecurityEventKind =
  /** All that is stored about the account was exported. */
  | 'ACCOUNT_EXPORTED'
  /** The address was proved for the first time, by whoever reads its mail; whatever had been set up before is gone. */
  | 'ACCOUNT_HANDED_OVER'
  /** Somebody came from a provider with the address of the account, and was asked to prove that it is theirs. */
  | 'ACCOUNT_LINK_ASKED'
  /** The account was to be deleted, and stays. */
  | 'DELETION_CANCELLED'
  /** The account is to be deleted. */
  | 'DELETION_SCHEDULED'
  /** The account has another address. */
  | 'EMAIL_CHANGED'
  /** Another address was asked for. */
  | 'EMAIL_CHANGE_REQUESTED'
  /** The account has its former address again. */
  | 'EMAIL_CHANGE_UNDONE'
  /** The address was proved. */
  | 'EMAIL_VERIFIED'
  /** All factors were taken off. */
  | 'FACTORS_RESET'
  /** An app or a passkey was set up. */
  | 'FACTOR_ADDED'
  /** An app or a passkey was taken off. */
  | 'FACTOR_REMOVED'
  /** Factors were to be taken off, and stay. */
  | 'FACTOR_RESET_CANCELLED'
  /** All factors are to be taken off, since their owner has lost them. */
  | 'FACTOR_RESET_SCHEDULED'
  /** A login at a provider was linked. */
  | 'IDENTITY_LINKED'
  /** A login at a provider was unlinked. */
  | 'IDENTITY_UNLINKED'
  /** A session was ended by logging out. */
  | 'LOGGED_OUT'
  /** Somebody tried to log in, and was refused. */
  | 'LOGIN_FAILED'
  /** Somebody logged in. */
  | 'LOGIN_SUCCEEDED'
  /** A mail was sent; the reason names it. */
  | 'MAIL_SENT'
  /** The password was changed. */
  | 'PASSWORD_CHANGED'
  /** The password was to be changed, and the old one was wrong. */
  | 'PASSWORD_CHANGE_FAILED'
  /** A new password was set with a mailed link. */
  | 'PASSWORD_RESET'
  /** The profile was changed. */
  | 'PROFILE_CHANGED'
  /** Something that needs the password was asked for with a wrong one. */
  | 'PROOF_FAILED'
  /** Somebody who was logged in proved once more who they are. */
  | 'REAUTHENTICATED'
  /** New recovery codes were made. */
  | 'RECOVERY_CODES_REPLACED'
  /** A recovery code was used. */
  | 'RECOVERY_CODE_USED'
  /** The account was made. */
  | 'REGISTERED'
  /** The password, or a mailed link, was right, and a second factor was asked for. */
  | 'SECOND_FACTOR_ASKED'
  /** A second factor was wrong: somebody knows the password, or reads the mail. */
  | 'SECOND_FACTOR_FAILED'
  /** Sessions were ended from elsewhere. */
  | 'SESSIONS_REVOKED'
  /** A session was to be renewed while the account was disabled. */
  | 'TOKEN_REFUSED'
  /** A refresh token was used again after it had been replaced: somebody has a copy. The session was ended. */
  | 'TOKEN_REUSED'
  /** The operator disabled the account. */
  | 'USER_DISABLED'
  /** The operator enabled the account again. */
  | 'USER_ENABLED';

export type RequestEmailChangeMutationVariables = Exact<{
  newEmail: string;
  password?: string | null | undefined;
}>;


export type RequestEmailChangeMutation = { readonly requestEmailChange:
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly field: string, readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   | null };

export type DeleteAccountMutationVariables = Exact<{
  password?: string | null | undefined;
}>;


export type DeleteAccountMutation = { readonly deleteAccount:
    | { readonly deletesAt: string | null }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
   | null };

export type TrustedDevicesQueryVariables = Exact<{ [key: string]: never; }>;


export type TrustedDevicesQuery = { readonly trustedDevices: ReadonlyArray<{ readonly id: string, readonly userAgent: string | null, readonly ipAddress: string | null, readonly expiresAt: string }> | null };

export type RevokeTrustedDeviceMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeTrustedDeviceMutation = { readonly revokeTrustedDevice:
    | { readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   | null };

export type SecurityEventsQueryVariables = Exact<{ [key: string]: never; }>;


export type SecurityEventsQuery = { readonly securityEvents: { readonly edges: ReadonlyArray<{ readonly node: { readonly kind: SecurityEventKind, readonly occurredAt: string, readonly ipAddress: string | null, readonly userAgent: string | null } }> } | null };

export type AccountExportQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type AccountExportQuery = { readonly accountExport: unknown };

export type FactorResetQueryVariables = Exact<{ [key: string]: never; }>;


export type FactorResetQuery = { readonly factorReset: { readonly effectiveAt: string } | null };

export type CancelFactorResetMutationVariables = Exact<{ [key: string]: never; }>;


export type CancelFactorResetMutation = { readonly cancelFactorReset:
    | { readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   };

export type FactorsQueryVariables = Exact<{ [key: string]: never; }>;


export type FactorsQuery = { readonly recoveryCodesLeft: number | null, readonly factors: ReadonlyArray<
    | { readonly provider: string | null, readonly id: string, readonly kind: FactorKind, readonly name: string, readonly createdAt: string, readonly lastUsedAt: string | null }
    | { readonly id: string, readonly kind: FactorKind, readonly name: string, readonly createdAt: string, readonly lastUsedAt: string | null }
  > | null };

export type RenameFactorMutationVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type RenameFactorMutation = { readonly renameFactor:
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly field: string, readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   | null };

export type RegenerateRecoveryCodesMutationVariables = Exact<{ [key: string]: never; }>;


export type RegenerateRecoveryCodesMutation = { readonly regenerateRecoveryCodes: { readonly codes: ReadonlyArray<string> } | null };

export type IdentitiesQueryVariables = Exact<{ [key: string]: never; }>;


export type IdentitiesQuery = { readonly identities: ReadonlyArray<{ readonly id: string, readonly provider: string, readonly email: string | null, readonly createdAt: string, readonly lastUsedAt: string | null }> | null };

export type UnlinkIdentityMutationVariables = Exact<{
  id: string | number;
}>;


export type UnlinkIdentityMutation = { readonly unlinkIdentity:
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   | null };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { readonly me: { readonly email: string, readonly name: string | null, readonly emailVerified: boolean, readonly locale: string | null } | null };

export type UpdateProfileMutationVariables = Exact<{
  name?: string | null | undefined;
  locale?: string | null | undefined;
}>;


export type UpdateProfileMutation = { readonly updateProfile:
    | { readonly field: string, readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   | null };

export type SessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type SessionsQuery = { readonly sessions: ReadonlyArray<{ readonly id: string, readonly current: boolean, readonly lastUsedAt: string, readonly userAgent: string | null, readonly ipAddress: string | null, readonly acr: string }> | null };

export type RevokeSessionMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeSessionMutation = { readonly revokeSession:
    | { readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   | null };

export type RevokeOtherSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type RevokeOtherSessionsMutation = { readonly revokeOtherSessions: { readonly count: number } | null };

export type ProofChoicesQueryVariables = Exact<{ [key: string]: never; }>;


export type ProofChoicesQuery = { readonly recoveryCodesLeft: number | null, readonly factors: ReadonlyArray<
    | { readonly kind: FactorKind }
    | { readonly kind: FactorKind }
  > | null, readonly identities: ReadonlyArray<{ readonly provider: string }> | null };

export type ConfirmEmailChangeMutationVariables = Exact<{
  token: string;
}>;


export type ConfirmEmailChangeMutation = { readonly confirmEmailChange:
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly user: { readonly email: string } }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
   };

export type RequestPasswordResetMutationVariables = Exact<{
  email: string;
}>;


export type RequestPasswordResetMutation = { readonly requestPasswordReset: { readonly ok: boolean } };

export type KeepFactorsMutationVariables = Exact<{
  token: string;
}>;


export type KeepFactorsMutation = { readonly cancelFactorReset:
    | { readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   };

export type RequestLoginLinkMutationVariables = Exact<{
  email: string;
}>;


export type RequestLoginLinkMutation = { readonly requestLoginLink: { readonly ok: boolean } };

export type RequestFactorResetMutationVariables = Exact<{
  email: string;
}>;


export type RequestFactorResetMutation = { readonly requestFactorReset: { readonly ok: boolean } };

type Refused_EmailNotVerified_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_EmailTaken_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_ExternalLoginFailed_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_FactorNotFound_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_FactorRequired_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_IdentityInUse_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_IdentityNotFound_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_InvalidCredentials_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_InvalidInput_Fragment = { readonly field: string, readonly code: ErrorCode, readonly message: string };

type Refused_InvalidProof_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_InvalidToken_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_LastWayIn_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_PasskeyUnknown_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_RefreshTokenExpired_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_RefreshTokenInvalid_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_RefreshTokenMissing_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_RefreshTokenReused_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_RegistrationClosed_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_SessionNotFound_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_SessionRevoked_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_TooManyAttempts_Fragment = { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string };

type Refused_TrustedDeviceNotFound_Fragment = { readonly code: ErrorCode, readonly message: string };

type Refused_WeakPassword_Fragment = { readonly reasons: ReadonlyArray<string>, readonly code: ErrorCode, readonly message: string };

export type RefusedFragment =
  | Refused_EmailNotVerified_Fragment
  | Refused_EmailTaken_Fragment
  | Refused_ExternalLoginFailed_Fragment
  | Refused_FactorNotFound_Fragment
  | Refused_FactorRequired_Fragment
  | Refused_IdentityInUse_Fragment
  | Refused_IdentityNotFound_Fragment
  | Refused_InvalidCredentials_Fragment
  | Refused_InvalidInput_Fragment
  | Refused_InvalidProof_Fragment
  | Refused_InvalidToken_Fragment
  | Refused_LastWayIn_Fragment
  | Refused_PasskeyUnknown_Fragment
  | Refused_RefreshTokenExpired_Fragment
  | Refused_RefreshTokenInvalid_Fragment
  | Refused_RefreshTokenMissing_Fragment
  | Refused_RefreshTokenReused_Fragment
  | Refused_RegistrationClosed_Fragment
  | Refused_SessionNotFound_Fragment
  | Refused_SessionRevoked_Fragment
  | Refused_TooManyAttempts_Fragment
  | Refused_TrustedDeviceNotFound_Fragment
  | Refused_WeakPassword_Fragment
;

export type BeginTotpEnrollmentMutationVariables = Exact<{
  name: string;
}>;


export type BeginTotpEnrollmentMutation = { readonly beginTotpEnrollment: { readonly ticket: string | null, readonly secret: string, readonly uri: string, readonly qrCode: string } | null };

export type ConfirmTotpEnrollmentMutationVariables = Exact<{
  code: string;
  ticket?: string | null | undefined;
}>;


export type ConfirmTotpEnrollmentMutation = { readonly confirmTotpEnrollment:
    | { readonly recoveryCodes: ReadonlyArray<string> | null }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
   | null };

export type RequestEmailVerificationMutationVariables = Exact<{
  email: string;
}>;


export type RequestEmailVerificationMutation = { readonly requestEmailVerification: { readonly ok: boolean } };

export type ConfirmFactorResetMutationVariables = Exact<{
  token: string;
}>;


export type ConfirmFactorResetMutation = { readonly confirmFactorReset:
    | { readonly effectiveAt: string }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
   };

export type ResetPasswordMutationVariables = Exact<{
  token: string;
  newPassword: string;
}>;


export type ResetPasswordMutation = { readonly resetPassword:
    | { readonly __typename: 'InvalidToken', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'PasswordReset' }
    | { readonly __typename: 'SecondFactorRequired', readonly expiresAt: string, readonly factors: ReadonlyArray<FactorKind>, readonly passkeyOptions: unknown }
    | { readonly __typename: 'TooManyAttempts', readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'WeakPassword', readonly reasons: ReadonlyArray<string>, readonly code: ErrorCode, readonly message: string }
   };

export type CompletePasswordResetMutationVariables = Exact<{
  proof: Proof;
}>;


export type CompletePasswordResetMutation = { readonly completePasswordReset:
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
    | { readonly reasons: ReadonlyArray<string>, readonly code: ErrorCode, readonly message: string }
    | Record<PropertyKey, never>
   };

export type UndoEmailChangeMutationVariables = Exact<{
  token: string;
}>;


export type UndoEmailChangeMutation = { readonly undoEmailChange:
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly user: { readonly email: string } }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
   };

export type VerifyEmailMutationVariables = Exact<{
  token: string;
}>;


export type VerifyEmailMutation = { readonly verifyEmail:
    | { readonly user: { readonly email: string } }
    | { readonly code: ErrorCode, readonly message: string }
    | { readonly retryAfter: number, readonly code: ErrorCode, readonly message: string }
   };
