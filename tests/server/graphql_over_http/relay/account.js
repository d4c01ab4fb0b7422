// What relay-compiler reads: a fragment for each type that has an id, and a query that lists them all.
import { graphql } from "relay-runtime";

graphql`
  fragment accountUser on User @refetchable(queryName: "accountUserQuery") {
    id
    email
  }
`;

graphql`
  fragment accountSession on Session @refetchable(queryName: "accountSessionQuery") {
    id
    current
  }
`;

graphql`
  fragment accountSecurityEvent on SecurityEvent
  @refetchable(queryName: "accountSecurityEventQuery") {
    id
    kind
  }
`;

graphql`
  query accountQuery {
    me {
      ...accountUser
    }
    sessions {
      ...accountSession
    }
    securityEvents {
      edges {
        node {
          ...accountSecurityEvent
        }
      }
    }
  }
`;
