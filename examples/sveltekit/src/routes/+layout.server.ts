import type { LayoutServerLoad } from "./$types";

/** A load runs again only where something that it reads has changed: `url` does with every link. */
export const load: LayoutServerLoad = ({ locals, url }) => ({
  viewer: locals.viewer,
  at: url.pathname,
});
