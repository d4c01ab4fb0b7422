// Draws an SVG, and reads the QR code in the picture.
import { readFileSync } from "node:fs";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import jsqr from "jsqr";

await initWasm(readFileSync("node_modules/@resvg/resvg-wasm/index_bg.wasm"));
const picture = new Resvg(readFileSync(process.argv[2], "utf-8")).render();
const pixels = new Uint8ClampedArray(picture.pixels);
console.log(jsqr(pixels, picture.width, picture.height)?.data ?? "");
