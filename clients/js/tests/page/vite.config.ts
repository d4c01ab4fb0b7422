import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { outDir: "../../../../build/pages/tab", emptyOutDir: true, minify: false },
});
