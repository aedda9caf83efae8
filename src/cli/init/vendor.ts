/**
 * The libraries of `klaxon init`. The build bundles this file with them, so that installing klaxon
 * adds one package: no other file imports them.
 */
export { default as jsTokens } from 'js-tokens'
export { findNodeAtLocation, parse as parseJsonc, parseTree } from 'jsonc-parser'
export { parse as parseToml } from 'smol-toml'
