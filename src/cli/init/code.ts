import { jsTokens } from './vendor.ts'

/** The new text of a main module, or the reason why a person must write it. */
export type CodeEdit = { text: string; hasCron: boolean } | { reason: string }

interface Token {
  value: string
  type: string
  at: number
  /** Open brackets before it. */
  depth: number
}

/**
 * Wraps the module's default export in `klaxon.wrap()`, and adds a missing cron handler.
 */
export function wrapDefaultExport(source: string, importPath: string): CodeEdit {
  const tokens = tokensOf(source)
  const at = tokens.findIndex(
    ({ value, depth }, nth) =>
      value === 'export' && depth === 0 && tokens[nth + 1]?.value === 'default',
  )
  if (at === -1) return { reason: 'has no `export default` of its own' }
  const start = tokens[at]!.at
  const next = tokens[at + 2]
  if (next === undefined) return { reason: 'has an unfinished `export default`' }
  const edited = wrapped(source, tokens, { at, start, next })
  return 'reason' in edited ? edited : { ...edited, text: withImport(edited.text, importPath) }
}

interface Found {
  /** Number of the token `export`. */
  at: number
  /** Where `export default` starts. */
  start: number
  /** The token after it. */
  next: Token
}

function wrapped(source: string, tokens: readonly Token[], { at, start, next }: Found): CodeEdit {
  const after = tokens[at + 3]
  const isStatementEnd =
    after === undefined || after.value === ';' || isOnNextLine(source, next, after)
  if (next.value === 'function' || next.value === 'async')
    return { reason: 'exports a function, which is no Worker' }
  if (next.value === 'class' || next.value === 'abstract')
    return { text: wrapClass(source, { start, next, after }), hasCron: false }
  if (next.type === 'IdentifierName' && isStatementEnd) {
    const name = next.value
    const rest = source.slice(next.at + name.length)
    const { call, hasCron } = wrapCall(source, tokens, name)
    return { text: `${source.slice(0, start)}export default ${call}${rest}`, hasCron }
  }
  if (next.value !== '{' && next.value !== 'new')
    return { reason: 'exports something that is neither an object, an app nor a class' }
  const name = freeName(source)
  const declared = `${source.slice(0, start)}const ${name} = ${source.slice(next.at)}`
  const { call, hasCron } = wrapCall(declared, tokens, name)
  const text = `${declared.trimEnd()}\n\nexport default ${call}${semicolon(source)}\n`
  return { text, hasCron }
}

/**
 * The new `export default`. A cron handler is added only when the file certainly has none.
 */
function wrapCall(
  source: string,
  tokens: readonly Token[],
  name: string,
): { call: string; hasCron: boolean } {
  if (isDeclaredAs(source, name, 'new\\b'))
    return {
      call: `Object.assign(klaxon.wrap(${name}), { scheduled: klaxon.scheduled })`,
      hasCron: true,
    }
  if (isDeclaredAs(source, name, '\\{') && !hasMember(tokens, 'scheduled'))
    return {
      call: `klaxon.wrap({ ...${name}, scheduled: klaxon.scheduled })`,
      hasCron: true,
    }
  return { call: `klaxon.wrap(${name})`, hasCron: false }
}

function wrapClass(
  source: string,
  { start, next, after }: { start: number; next: Token; after: Token | undefined },
): string {
  const isNamed =
    next.value === 'class' &&
    after !== undefined &&
    !/^(?:extends|implements|\{)$/.test(after.value)
  const name = isNamed ? after.value : freeName(source, 'Worker')
  const rest = isNamed
    ? source.slice(next.at)
    : `class ${name}${source.slice(next.at + 'class'.length)}`
  return `${source.slice(0, start)}${rest.trimEnd()}\n\nexport default klaxon.wrap(${name})${semicolon(source)}\n`
}

/**
 * Replaces `fetch: app.fetch` and `serve(app.fetch)` of a Node or Bun server by the wrapped app's.
 */
export function wrapServer(source: string, importPath: string): CodeEdit {
  const tokens = tokensOf(source)
  const found = tokens.filter(
    ({ type }, at) =>
      type === 'IdentifierName' &&
      tokens[at + 1]?.value === '.' &&
      tokens[at + 2]?.value === 'fetch' &&
      (tokens[at - 1]?.value === '(' ||
        (tokens[at - 1]?.value === ':' && tokens[at - 2]?.value === 'fetch')),
  )
  const [only] = found
  if (only === undefined || found.length > 1)
    return { reason: 'does not hand `app.fetch` to a server in one place' }
  const end = only.at + only.value.length
  const text = `${source.slice(0, only.at)}klaxon.wrap(${only.value})${source.slice(end)}`
  return { text: withImport(text, importPath), hasCron: true }
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let depth = 0
  for (const { type, value } of jsTokens(source)) {
    if (type === 'TemplateTail' || (type === 'Punctuator' && /^[)\]}]$/.test(value))) depth--
    if (!/Comment|WhiteSpace|LineTerminator/.test(type)) tokens.push({ value, type, at, depth })
    if (type === 'TemplateHead' || (type === 'Punctuator' && /^[([{]$/.test(value))) depth++
    at += value.length
  }
  return tokens
}

function isOnNextLine(source: string, token: Token, next: Token): boolean {
  const continues = /^(?:\.|\(|\[|`|satisfies|as|\?|,|=)/.test(next.value)
  return source.slice(token.at, next.at).includes('\n') && !continues
}

/** Whether the file has `const name = …` with a value that matches `pattern`. */
function isDeclaredAs(source: string, name: string, pattern: string): boolean {
  return new RegExp(`\\b(?:const|let|var)\\s+${name}\\b[^=;\\n]*=\\s*${pattern}`).test(source)
}

/** Whether an object has a member, such as a handler of the export. */
function hasMember(tokens: readonly Token[], name: string): boolean {
  return tokens.some(
    ({ value, depth }, at) =>
      value === name && depth === 1 && /^[(:,}]$/.test(tokens[at + 1]?.value ?? ''),
  )
}

function freeName(source: string, ...preferred: string[]): string {
  const names = [...preferred, 'worker', 'handler', 'service', 'klaxonTarget']
  return names.find((name) => !new RegExp(`\\b${name}\\b`).test(source)) ?? 'wrappedByKlaxon'
}

function semicolon(source: string): string {
  return /;\s*$/m.test(source) ? ';' : ''
}

/** Adds an import after the last one, in the file's quote style. */
function withImport(source: string, path: string): string {
  const imports = [...source.matchAll(/^import\b[^;]*?(?:from\s*)?(['"])[^'"\n]+\1[^\n]*$/gm)]
  const quote = imports[0]?.[1] ?? (source.includes('"') && !source.includes("'") ? '"' : "'")
  const line = `import { klaxon } from ${quote}${path}${quote}${semicolon(source)}\n`
  const last = imports.at(-1)
  const shebang = /^#![^\n]*\n/.exec(source)?.[0] ?? ''
  if (last === undefined) return shebang + line + source.slice(shebang.length)
  const end = last.index + last[0].length + 1
  return source.slice(0, end) + line + source.slice(end)
}
