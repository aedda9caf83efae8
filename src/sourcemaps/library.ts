/** Installed packages, and what wrangler puts around a Worker. */
const FOLDER = /(?:^|\/)(?:node_modules|\.yarn|bower_components|\.wrangler\/tmp\/bundle-[^/]*)\//
/**
 * Namespaces of bundlers and runtimes: `node:`, `cloudflare:`, `wrangler-modules-watch:`, `https:`
 * imports of Deno.
 */
const SCHEME = /^[a-z][\w+.-]+:/i
/**
 * Code that bundlers add. Virtual modules of Vite and Rolldown begin with NUL. Modules of webpack's
 * runtime have no extension; it also names what it leaves out (`external "fs"`) and folders that it
 * requires as a whole (`src/pages sync ^\.\/.*$`).
 */
const BUNDLER_MODULE =
  /^(?:webpack\/[^.]*$|vite\/|rolldown\/|\[turbopack\]|\(|external (?:[\w-]+ )?"|ignored\|)|(?<=\S) (?:sync|lazy|eager|weak) \^/

/** Whether a source's path is not the app's own code. In doubt it is the app's. */
export function isLibrary(path: string): boolean {
  return FOLDER.test(path) || SCHEME.test(path) || BUNDLER_MODULE.test(path) || path.includes('\0')
}

const PACKAGE = /^(?:npm|jsr|node|bun|ext|cloudflare):/

/**
 * Whether the file of an unmapped frame is not the app's own code. A scheme there only tells where
 * the file lies.
 */
export function isLibraryFile(file: string): boolean {
  return FOLDER.test(file.replaceAll('\\', '/')) || PACKAGE.test(file)
}
