/** What is asked of the server about logins at providers, by the module that is loaded when one is used. */

import { type Document, ENROLLMENT, GRANTED, SECOND_STEP } from "./operations.js";
import type * as schema from "./schema.js";

const EXTERNAL_ANSWER = /* GraphQL */ `
  fragment ExternalAnswer on CompleteExternalLoginResult {
    __typename
    ...Granted
    ...SecondStep
    ...Enrollment
    ... on AccountLinkRequired { ticket expiresAt provider email }
    ... on IdentityLinked { identity { id provider email createdAt lastUsedAt } }
    ... on EmailSent { ok }
    ... on Error { code message }
    ... on ExternalLoginFailed { reason }
    ... on InvalidProof { attemptsLeft }
    ... on TooManyAttempts { retryAfter }
  }
  ${GRANTED}
  ${SECOND_STEP}
  ${ENROLLMENT}
`;

export const BEGIN_EXTERNAL_LOGIN: Document<schema.BeginExternalLoginMutation> = /* GraphQL */ `
  mutation BeginExternalLogin($provider: ID!, $returnTo: String!, $intent: ExternalLoginIntent!, $transport: RefreshTokenTransport!) {
    beginExternalLogin(provider: $provider, returnTo: $returnTo, intent: $intent, transport: $transport) {
      __typename
      ... on ExternalLoginBegun { authorizationUrl ticket expiresAt }
      ... on Error { code message }
      ... on InvalidInput { field }
      ... on TooManyAttempts { retryAfter }
    }
  }
`;

export const COMPLETE_EXTERNAL_LOGIN: Document<schema.CompleteExternalLoginMutation> = /* GraphQL */ `
  mutation CompleteExternalLogin($ticket: String) {
    completeExternalLogin(ticket: $ticket) { ...ExternalAnswer }
  }
  ${EXTERNAL_ANSWER}
`;

export const CONFIRM_ACCOUNT_LINK: Document<schema.ConfirmAccountLinkMutation> = /* GraphQL */ `
  mutation ConfirmAccountLink($proof: Proof!, $ticket: String) {
    confirmAccountLink(proof: $proof, ticket: $ticket) { ...ExternalAnswer }
  }
  ${EXTERNAL_ANSWER}
`;
