import type { Viewer } from "#lib/server/viewer";

declare global {
  namespace App {
    interface Locals {
      /** Who is logged in, as the hook has found out; null for nobody. */
      viewer: Viewer | null;
    }
  }
}
