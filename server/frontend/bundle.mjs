// Build what browsers get, into files named by a hash of what they hold, compressed: `node bundle.mjs`.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What all bundles have in common. */
const options = {
  absWorkingDir: here,
  bundle: true,
  write: false,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome123", "firefox128", "safari17.5"],
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  legalComments: "none",
  logLevel: "warning",
};

await buildGraphiQL(join(here, "../graphiql/built"));
await buildPages(join(here, "../pages/built"));

/** GraphiQL: one page, and the workers of its editor. */
async function buildGraphiQL(outdir) {
  const loader = { ".ttf": "file" };
  // What answers while somebody types.
  const workers = {
    editor: "monaco-editor/esm/vs/editor/editor.worker.js",
    graphql: "monaco-graphql/esm/graphql.worker.js",
    json: "monaco-editor/esm/vs/language/json/json.worker.js",
  };
  const helpers = await build({ ...options, outdir, loader, entryPoints: workers });
  const page = await build({
    ...options,
    outdir,
    loader,
    entryPoints: { page: "graphiql/main.tsx" },
    // For subscriptions, which this server has none of. It is there only beside what checks our code.
    external: ["graphql-ws"],
    splitting: true,
    jsx: "automatic",
    define: {
      "process.env.NODE_ENV": '"production"',
      WORKERS: JSON.stringify(named(helpers, Object.keys(workers))),
    },
  });
  await write(outdir, helpers, page);
  const [, entry] = entries(page).find(([source]) => source === "graphiql/main.tsx");
  const html = await readFile(join(here, "graphiql/index.html"), "utf8");
  await writeFile(
    join(outdir, "index.html"),
    html.replace("page.js", entry.file).replace("page.css", entry.css),
  );
  await writeFile(join(outdir, "licences.txt"), (await licences(helpers, page)).join("\n\n"));
}

/** The account's pages: each file that lies directly in `pages/`. `built.json` says what they became. */
async function buildPages(outdir) {
  const files = await readdir(join(here, "pages"), { withFileTypes: true });
  const entryPoints = files.filter((file) => file.isFile()).map(({ name }) => `pages/${name}`);
  const loader = { ".svg": "copy" };
  const pages = await build({ ...options, outdir, loader, entryPoints, splitting: true });
  await write(outdir, pages);
  // What is loaded only when it is used is an entry, too; no page asks for it by its name.
  const built = entries(pages)
    .filter(([source]) => entryPoints.includes(source))
    .map(([source, { file, needs }]) => [
      basename(source).replace(/\.ts$/, ".js"),
      [file, ...needs],
    ]);
  await writeFile(join(outdir, "built.json"), JSON.stringify(Object.fromEntries(built.sort())));
}

async function write(outdir, ...bundles) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir);
  for (const { path, contents } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
    await writeFile(`${path}.gz`, gzipSync(contents, { level: 9 }));
  }
}

/** What became of each entry: its file, the files that this needs, and its style sheet. */
function entries({ metafile: { outputs } }) {
  return Object.entries(outputs)
    .filter(([, { entryPoint }]) => entryPoint)
    .map(([file, { entryPoint, cssBundle }]) => [
      entryPoint,
      { file: basename(file), needs: needs(outputs, file), css: cssBundle && basename(cssBundle) },
    ]);
}

function needs(outputs, file, known = new Set()) {
  for (const { path, kind } of outputs[file].imports) {
    if (kind !== "import-statement" || known.has(path)) continue;
    known.add(path);
    needs(outputs, path, known);
  }
  return [...known].map((path) => basename(path));
}

/** Which file each worker became. */
function named(built, names) {
  const files = Object.keys(built.metafile.outputs).map((file) => basename(file));
  return Object.fromEntries(
    names.map((name) => [name, files.find((file) => file.startsWith(`${name}-`))]),
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
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? await readFile(join(folder, file), "utf8") : "";
  return `${name} ${version} (${license})\n\n${text}`;
}
