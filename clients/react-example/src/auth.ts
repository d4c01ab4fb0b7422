import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { Auth, type State } from "authberry";
import { authLink } from "authberry/apollo";
import { useSyncExternalStore } from "react";
import { askForProof } from "./step-up";

export const auth = new Auth({ url: "/graphql", onStepUp: askForProof });

export const apollo = new ApolloClient({
  link: authLink(auth).concat(new HttpLink({ uri: "/graphql" })),
  cache: new InMemoryCache(),
});

// What one person has loaded is not for the next one to see.
let person = auth.state.user?.id;
auth.onChange(({ user }) => {
  if (person && person !== user?.id) void apollo.clearStore();
  person = user?.id;
});

/** Who is logged in, in every tab and at any time. */
export function useAuth(): State {
  return useSyncExternalStore(
    (changed) => auth.onChange(changed),
    () => auth.state,
  );
}
