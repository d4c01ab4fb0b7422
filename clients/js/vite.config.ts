import { defineConfig } from "vite";

export default defineConfig({
  build: {
    lib: {
      entry: ["index", "apollo", "urql", "graphql-request", "graphql-ws", "server"].map(
        (name) => `src/${name}.ts`,
      ),
      formats: ["es"],
    },
    minify: false,
    // What is beside us in an application is not packed into us.
    rolldownOptions: {
      external: /^(@apollo|@urql|graphql-|rxjs)/,
      output: { preserveModules: true, preserveModulesRoot: "src" },
    },
    sourcemap: true,
    target: "es2022",
  },
});
