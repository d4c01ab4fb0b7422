/** A browser's name, out of the zoo of names that it says it has. */
export function deviceOf(userAgent: string | null): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(userAgent ?? "")?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent ?? "")?.[1];
  return [browser, system].filter(Boolean).join(" on ") || userAgent || "An unknown device";
}
