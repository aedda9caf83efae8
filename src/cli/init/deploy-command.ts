/** A word of a shell command as it is written, with its quotes. */
export interface Word {
  text: string
  at: number
}

/** The simple command of a script that deploys. */
export interface DeployCommand {
  start: number
  /** End of the word `deploy`. */
  deployEnd: number
  end: number
  /** The words after `deploy`. */
  options: readonly Word[]
}

const DEPLOYS = /\bwrangler(?:@\S+)?\s+(?:-[^&|;]*\s)?deploy\b/

/** A space, an end of a command, or a word. A substitution or an escape is none of them. */
const SHELL_TOKEN =
  /[ \t]+|&&|\|\||;|(?:[^\s'"\\`#$;&|<>()]|\$(?![('"])|'[^']*'|"(?:[^"\\`$]|\$(?!\())*")+/gy

const WRANGLER = /^(?:(?:\.\/)?node_modules\/\.bin\/)?wrangler(?:@[\w.^~-]+)?$/

/** Programs that hand on the environment and every later argument. `npm exec` needs the `--`. */
const RUNNER =
  /^(?:(?:(?:doppler run|dotenv)(?: .*)? --|cross-env(?: \w+=\S*)*) )?(?:(?:(?:npx|bunx)(?: (?:--yes|-y|--bun|--no-install))*|yarn(?: run)?|pnpm(?: exec| dlx)?|bun(?: x| run)?|npm exec --) )?$/

/**
 * The command of a script that deploys. `unclear` when a person must read the script: it has
 * several, an unknown runner, another folder, or a shell syntax that this does not read.
 */
export function findDeploy(script: string): DeployCommand | 'none' | 'unclear' {
  if (!DEPLOYS.test(script)) return 'none'
  const commands = commandsOf(script)
  if (commands === null) return script.includes('--dry-run') ? 'none' : 'unclear'
  const deploys = commands.filter(
    (words) => DEPLOYS.test(textOf(words)) && !words.some(({ text }) => text === '--dry-run'),
  )
  const [words] = deploys
  if (words === undefined) return 'none'
  const program = words.findIndex(({ text }) => WRANGLER.test(text))
  const first = words.findIndex(({ text }) => !/^[A-Za-z_]\w*=/.test(text))
  const options = words.slice(program + 2)
  const isClear =
    deploys.length === 1 &&
    program !== -1 &&
    words[program + 1]?.text === 'deploy' &&
    RUNNER.test(textOf(words.slice(first, program))) &&
    !commands.some(([name]) => name?.text === 'cd') &&
    !options.some(({ text }) => /^(?:['"]-|--$|--cwd\b)/.test(text))
  return isClear
    ? {
        start: words[0]!.at,
        deployEnd: endOf(words[program + 1]!),
        end: endOf(words.at(-1)!),
        options,
      }
    : 'unclear'
}

/** The value of an option, with its quotes. */
export function optionOf(words: readonly Word[], ...names: string[]): string | undefined {
  for (const [at, { text }] of words.entries()) {
    const [name = '', ...value] = text.split('=')
    if (names.includes(name)) return value.length > 0 ? value.join('=') : words[at + 1]?.text
  }
  return undefined
}

/** The simple commands of a script; null for a script that cannot be read. */
function commandsOf(script: string): Word[][] | null {
  const commands: Word[][] = [[]]
  let at = 0
  for (const [text] of script.matchAll(SHELL_TOKEN)) {
    if (/^(?:&&|\|\||;)$/.test(text)) commands.push([])
    else if (text.trim() !== '') commands.at(-1)!.push({ text, at })
    at += text.length
  }
  return at === script.length ? commands : null
}

const textOf = (words: readonly Word[]): string => words.map(({ text }) => `${text} `).join('')

const endOf = ({ text, at }: Word): number => at + text.length
