import type { IssueAlert } from '../../model/alert.ts'
import { causeLine, changeLine, countLine, errorLine, headline } from '../text/lines.ts'
import { clean, fit, inert, linkTarget } from '../text/escape.ts'
import { historyLine, placesLine } from '../text/history.ts'
import { factsBesideLinks, isLines, links } from '../text/facts.ts'

/**
 * https://docs.github.com/rest/issues/issues: a title has at most 256 characters, a text 65,536.
 */
const MAX_ISSUE_TITLE_LENGTH = 200
const MAX_CELL_LENGTH = 2_000

/** The mark in a GitHub issue's text, by which a search finds it when no store has its number. */
export function markerOf(fingerprint: string): string {
  return `klaxon ${fingerprint}`
}

/** The title of a GitHub issue. GitHub reads no Markdown in it, and shows entities literally. */
export function issueTitle(alert: IssueAlert): string {
  const text = errorLine(alert) || alert.issue.title || headline(alert)
  const title = clean(text, MAX_ISSUE_TITLE_LENGTH)
  return fit(inert(title), MAX_ISSUE_TITLE_LENGTH, (char) => (char === '@' ? '@\u2060' : char))
}

/** The text of a GitHub issue: the headline, a table of facts, the stack, and the mark. */
export function issueText(alert: IssueAlert): string {
  const list = factsBesideLinks(alert)
  const rows = list.filter(({ label }) => !isLines(label))
  const block = (label: string): string => {
    const fact = list.find((each) => each.label === label)
    return fact === undefined ? '' : `\n**${label}**\n\n${code(fact.value)}\n`
  }
  return [
    `${escaped(headline(alert), MAX_CELL_LENGTH)}\n`,
    `| | |\n| --- | --- |`,
    ...rows.map(({ label, value }) => `| ${label} | ${escaped(value, MAX_CELL_LENGTH)} |`),
    block('Stack'),
    block('Before'),
    linksOf(alert),
    `<!-- ${markerOf(alert.issue.fingerprint)} -->`,
  ].join('\n')
}

/** The comment for a later alert. */
export function commentText(alert: IssueAlert): string {
  const lines = [
    headline(alert),
    errorLine(alert),
    causeLine(alert),
    changeLine(alert),
    placesLine(alert),
    historyLine(alert),
    countLine(alert),
  ]
  const said = lines.map((line) => escaped(clean(line, 800), MAX_CELL_LENGTH))
  return [...said, linksOf(alert)].filter((line) => line !== '').join('\n\n')
}

function linksOf(alert: IssueAlert): string {
  return links(alert)
    .map(({ label, url }) => `[${label}](<${linkTarget(url)}>)`)
    .join(' · ')
}

/** A code block, by indentation. A message could end a fenced block. */
function code(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}

/** Escapes characters that start Markdown, a mention or a reference. */
function escaped(text: string, max: number): string {
  return fit(inert(text), max, (char) => {
    if (char === '\n') return ' '
    if (char === '@') return '@\u2060'
    return /[\\`*_{}[\]()#+!|<>&~$-]/.test(char) ? `&#${char.codePointAt(0)};` : char
  })
}
