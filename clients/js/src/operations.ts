/** What is asked of the server. The types of the answers are generated from these into schema.ts. */

const GRANTED = /* GraphQL */ `
  fragment Granted on AuthPayload {
    accessToken
    expiresIn
    expiresAt
    refreshToken
    user { id email name emailVerified roles createdAt }
    session { id current createdAt lastUsedAt expiresAt userAgent ipAddress }
  }
`;

export const REGISTER = /* GraphQL */ `
  mutation Register($email: String!, $password: String!, $name: String, $transport: RefreshTokenTransport!) {
    register(email: $email, password: $password, name: $name, transport: $transport) {
      __typename
      ...Granted
      ... on EmailSent { ok }
      ... on Error { code message }
      ... on InvalidInput { field }
      ... on WeakPassword { reasons }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const LOGIN = /* GraphQL */ `
  mutation Login($email: String!, $password: String!, $transport: RefreshTokenTransport!) {
    login(email: $email, password: $password, transport: $transport) {
      __typename
      ...Granted
      ... on Error { code message }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const LOGIN_WITH_LINK = /* GraphQL */ `
  mutation LoginWithLink($token: String!, $transport: RefreshTokenTransport!) {
    loginWithLink(token: $token, transport: $transport) {
      __typename
      ...Granted
      ... on Error { code message }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const REFRESH_TOKEN = /* GraphQL */ `
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

export const CHANGE_PASSWORD = /* GraphQL */ `
  mutation ChangePassword($currentPassword: String!, $newPassword: String!) {
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

export const LOGOUT = /* GraphQL */ `
  mutation Logout($refreshToken: String) {
    logout(refreshToken: $refreshToken) {
      ... on LoggedOut { ok }
    }
  }
`;
