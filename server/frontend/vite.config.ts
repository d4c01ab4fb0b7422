import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const client = fileURLToPath(new URL("../../clients/js/src", import.meta.url));

// For the tests; what browsers get is built by bundle.mjs.
export default defineConfig({ resolve: { alias: { client } } });
