import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

// The page and the API have one origin, here as in production: no CORS, and a cookie that is only ours.
export default defineConfig(({ mode }) => ({
  plugins: [react()],
  server: { proxy: { "/graphql": loadEnv(mode, ".", "API_").API_URL ?? "http://127.0.0.1:8000" } },
}));
