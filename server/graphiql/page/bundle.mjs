// Bundle the page into files named by a hash of what they hold, and compress them: `node bundle.mjs`.

import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "../built");

/** What both bundles have in common. */
const options = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  write: false,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome123", "firefox128", "safari17.5"],
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".ttf": "file" },
  legalComments: "none",
  logLevel: "warning",
};

/** The editor's workers: what answers while somebody types. */
const workers = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};

await rm(out, { recursive: true, force: true });
const helpers = await build({ ...options, entryPoints: workers });
const page = await build({
  ...options,
  entryPoints: { page: "src/main.tsx" },
  splitting: true,
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"', WORKERS: JSON.stringify(named(helpers)) },
});

await mkdir(out);
for (const { path, contents } of [...helpers.outputFiles, ...page.outputFiles]) {
  await writeFile(`${path}.gz`, gzipSync(contents, { level: 9 }));
}

const entry = Object.entries(page.metafile.outputs).find(
  ([, file]) => file.entryPoint === "src/main.tsx",
);
const html = await readFile(join(here, "index.html"), "utf8");
await writeFile(
  join(out, "index.html"),
  html.replace("page.js", basename(entry[0])).replace("page.css", basename(entry[1].cssBundle)),
);
await writeFile(join(out, "licences.txt"), (await licences(helpers, page)).join("\n\n"));

/** Which file each worker became. */
function named(built) {
  const files = Object.keys(built.metafile.outputs).map((file) => basename(file));
  return Object.fromEntries(
    Object.keys(workers).map((name) => [name, files.find((file) => file.startsWith(`${name}-`))]),
  );
}

/** The licence of every package of which there is something in the bundles. */
async function licences(...bundles) {
  const inputs = bundles.flatMap((built) => Object.keys(built.metafile.inputs));
  const folders = inputs.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const found = [...new Set(folders)].filter(Boolean).sort();
  return Promise.all(found.map((folder) => licence(join(here, folder))));
}

async function licence(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? await readFile(join(folder, file), "utf8") : "";
  return `${name} ${version} (${license})\n\n${text}`;
}
