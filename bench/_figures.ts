/** One promise of the project beside what was measured. */
export interface Figure {
  what: string
  measured: number
  unit: string
  bound: number
  /** Whether the bound is a most or a least. */
  at: 'most' | 'least'
  /** Said when the bound is missed: what was tried, and what stands in the way. */
  tried?: string
}

export function isMissed({ measured, bound, at }: Figure): boolean {
  return at === 'most' ? measured > bound : measured < bound
}

/** A table of figures; what misses its bound is bold, with what was tried below. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, unit, bound, at } = figure
    const measured = `${precise(figure)}${unit}`
    const shown = isMissed(figure) ? `**${measured}**` : measured
    return [what, shown, `at ${at} ${bound}${unit}`]
  })
  const byNote = new Map<string, string[]>()
  for (const { what, tried = 'not looked into.' } of figures.filter(isMissed)) {
    byNote.set(tried, [...(byNote.get(tried) ?? []), what])
  }
  const notes = [...byNote].map(([note, missed]) => `- **${missed.join('; ')}**: ${note}`)
  const lines = [table(['what', 'measured', 'bound'], rows)]
  if (notes.length > 0) lines.push(`Missed, and what was tried:\n\n${notes.join('\n')}`)
  return lines.join('\n\n')
}

/** Precise enough to tell a figure from its bound. */
function precise({ measured, bound }: Figure): string {
  let text = short(measured)
  for (let digits = 3; digits < 7 && measured !== bound && Number(text) === bound; digits++)
    text = measured.toFixed(digits)
  return text
}

/** Three digits that count. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  if (Math.abs(value) >= 10) return value.toFixed(1)
  return value.toFixed(2)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
