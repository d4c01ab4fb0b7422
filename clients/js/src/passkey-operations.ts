/** What is asked of the server about passkeys, by the module that is loaded when one is used. */

import { type Document, GRANTED } from "./operations.js";
import type * as schema from "./schema.js";

export const BEGIN_LOGIN: Document<schema.BeginPasskeyLoginMutation> = /* GraphQL */ `
  mutation BeginPasskeyLogin {
    beginPasskeyLogin { options }
  }
`;

export const LOGIN_WITH_PASSKEY: Document<schema.LoginWithPasskeyMutation> = /* GraphQL */ `
  mutation LoginWithPasskey($credential: JSON!, $transport: RefreshTokenTransport!) {
    loginWithPasskey(credential: $credential, transport: $transport) {
      __typename
      ...Granted
      ... on Error { code message }
      ... on PasskeyUnknown { rpId credentialId }
      ... on TooManyAttempts { retryAfter }
    }
  }
  ${GRANTED}
`;

export const BEGIN_REGISTRATION: Document<schema.BeginPasskeyRegistrationMutation> = /* GraphQL */ `
  mutation BeginPasskeyRegistration($ticket: String) {
    beginPasskeyRegistration(ticket: $ticket) { options }
  }
`;

export const FINISH_REGISTRATION: Document<schema.FinishPasskeyRegistrationMutation> = /* GraphQL */ `
  mutation FinishPasskeyRegistration($credential: JSON!, $name: String, $ticket: String) {
    finishPasskeyRegistration(credential: $credential, name: $name, ticket: $ticket) {
      __typename
      ... on FactorAdded {
        factor { id kind name createdAt lastUsedAt }
        recoveryCodes
      }
      ... on Error { code message }
      ... on InvalidInput { field }
      ... on TooManyAttempts { retryAfter }
    }
  }
`;

export const REMOVE_FACTOR: Document<schema.RemoveFactorMutation> = /* GraphQL */ `
  mutation RemoveFactor($id: ID!) {
    removeFactor(id: $id) {
      __typename
      ... on FactorRemoved { ok }
      ... on Error { code message }
    }
  }
`;

export const ACCEPTED_PASSKEYS: Document<schema.AcceptedPasskeysQuery> = /* GraphQL */ `
  query AcceptedPasskeys {
    acceptedPasskeys { rpId userId allAcceptedCredentialIds }
  }
`;
