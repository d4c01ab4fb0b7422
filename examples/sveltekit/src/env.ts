import { defineEnvVars } from "@sveltejs/kit/env";

export const variables = defineEnvVars({
  AUTHBERRY_URL: { schema: (value) => value ?? "http://127.0.0.1:8000/graphql" },
});
