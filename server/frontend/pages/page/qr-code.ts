/** Showing a QR code. The policy lets no script make markup of text: of the picture, its path is taken. */

const SVG = "http://www.w3.org/2000/svg";

/** Draw the code of an SVG as the server writes it: a square of light, and dark lines a module high. */
export function drawQrCode(svg: string, canvas: SVGElement): void {
  const [, size = ""] = /d="M0 0h(\d+)v/.exec(svg) ?? [];
  const [, lines = ""] = /stroke="#000" d="([^"]+)"/.exec(svg) ?? [];
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", lines);
  canvas.setAttribute("viewBox", `0 0 ${size} ${size}`);
  canvas.replaceChildren(path);
}
