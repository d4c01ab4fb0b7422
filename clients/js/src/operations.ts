/** What is asked of the server. The types of the answers are generated from these into schema.ts. */

import type * as schema from "./schema.js";

declare const answer: unique symbol;

/** A document, which knows the type of what it is answered with. */
export type Document<Data> = string & { readonly [answer]?: Data };

export const GRANTED = /* GraphQL */ `
  fragment Granted on AuthPayload {
    accessToken
    expiresIn
    expiresAt
    refreshToken
    user { id email name emailVerified roles createdAt }
    session { id current createdAt lastUsedAt expiresAt userAgent ipAddress }
  }
`;

export const SECOND_STEP = /* GraphQL */ `
  fragment SecondStep on SecondFactorRequired {
    ticket
    expiresAt
    factors
    passkeyOptions
  }
`;

export const ENROLLMENT = /* GraphQL */ `
  fragment Enrollment on FactorEnrollmentRequired {
    ticket
    expiresAt
    allowed
    deadline
  }
`;

export const REGISTER: Document<schema.RegisterMutation> = /* GraphQL */ `
  mutation Register($email: String!, $password: String!, $name: String, $transport: RefreshTokenTransport!) {
    register(email: $email, password: $password, name: $name, transport: $transport) {
      __typename
      ...Granted
      ...SecondStep
      ...Enrollment
      ... on EmailSent { ok }
      ... on Error { code message }
      ... on InvalidInput { field }
      ... on WeakPassword { reasons }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
  ${SECOND_STEP}
  ${ENROLLMENT}
`;

export const LOGIN: Document<schema.LoginMutation> = /* GraphQL */ `
  mutation Login($email: String!, $password: String!, $transport: RefreshTokenTransport!) {
    login(email: $email, password: $password, transport: $transport) {
      __typename
      ...Granted
      ...SecondStep
      ...Enrollment
      ... on Error { code message }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
  ${SECOND_STEP}
  ${ENROLLMENT}
`;

export const LOGIN_WITH_LINK: Document<schema.LoginWithLinkMutation> = /* GraphQL */ `
  mutation LoginWithLink($token: String!, $transport: RefreshTokenTransport!) {
    loginWithLink(token: $token, transport: $transport) {
      __typename
      ...Granted
      ...SecondStep
      ...Enrollment
      ... on Error { code message }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
  ${SECOND_STEP}
  ${ENROLLMENT}
`;

export const COMPLETE_LOGIN: Document<schema.CompleteLoginMutation> = /* GraphQL */ `
  mutation CompleteLogin($proof: Proof, $skip: Boolean! = false, $ticket: String, $trustDevice: Boolean! = false) {
    completeLogin(proof: $proof, skip: $skip, ticket: $ticket, trustDevice: $trustDevice) {
      __typename
      ...Granted
      ...Enrollment
      ... on Error { code message }
      ... on InvalidProof { attemptsLeft }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
  ${ENROLLMENT}
`;

export const REAUTHENTICATE: Document<schema.ReauthenticateMutation> = /* GraphQL */ `
  mutation Reauthenticate($proof: Proof!) {
    reauthenticate(proof: $proof) {
      __typename
      ...Granted
      ... on Error { code message }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const REFRESH_TOKEN: Document<schema.RefreshTokenMutation> = /* GraphQL */ `
  mutation RefreshToken($refreshToken: String) {
    refreshToken(refreshToken: $refreshToken) {
      __typename
      ...Granted
      ... on Error { code message }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const CHANGE_PASSWORD: Document<schema.ChangePasswordMutation> = /* GraphQL */ `
  mutation ChangePassword($currentPassword: String, $newPassword: String!) {
    changePassword(currentPassword: $currentPassword, newPassword: $newPassword) {
      __typename
      ...Granted
      ... on Error { code message }
      ... on WeakPassword { reasons }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const LOGOUT: Document<schema.LogoutMutation> = /* GraphQL */ `
  mutation Logout($refreshToken: String) {
    logout(refreshToken: $refreshToken) {
      ... on LoggedOut { ok }
    }
  }
`;

/** Whom the cookie stands for. */
export const WHO: Document<schema.WhoQuery> = /* GraphQL */ `
  query Who {
    me { id email name emailVerified roles createdAt }
    session { id current createdAt lastUsedAt expiresAt userAgent ipAddress }
  }
`;
