import type { Context } from '../command.ts'
import { visible } from '../../util/safe-text.ts'
import { fit, widthOf } from './width.ts'

type Format = Parameters<Context['style']>[0]

export interface Column<Row> {
  /** The column's head on a terminal. */
  title: string
  /** The value for people: short, relative. Columns without it are for programs alone. */
  shown?: (row: Row) => string
  /** The value for programs: whole. Columns without it are for people alone. */
  value?: (row: Row) => string | number | null
  align?: 'right'
  style?: (row: Row) => Format | null
  /** Whether the column gets the width that the others leave. */
  grows?: boolean
}

const COLUMN_GAP = '  '
const MIN_GROWN_COLUMNS = 20

/**
 * Prints rows: on a terminal in aligned columns, in a pipe as whole values between tabs, without a
 * head.
 */
export function table<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  return context.isTTY.stdout ? aligned(context, columns, rows) : tabbed(columns, rows)
}

function tabbed<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const values = columns.flatMap(({ value }) => (value === undefined ? [] : [value]))
  return rows
    .map((row) => `${values.map((value) => visible(String(value(row) ?? ''))).join('\t')}\n`)
    .join('')
}

function aligned<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const shown = columns.filter((column) => column.shown !== undefined)
  const cells = rows.map((row) => shown.map((column) => visible(column.shown!(row))))
  const widths = shown.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((line) => widthOf(line[at]!))),
  )
  const grown = shown.findIndex(({ grows }) => grows === true)
  if (grown !== -1) {
    const others = widths.reduce((sum, width, at) => sum + (at === grown ? 0 : width), 0)
    const left = context.columns - others - COLUMN_GAP.length * (shown.length - 1)
    widths[grown] = Math.min(widths[grown]!, Math.max(MIN_GROWN_COLUMNS, left))
  }
  const line = (texts: readonly string[], styles: readonly (Format | null)[]): string =>
    `${texts
      .map((text, at) => {
        const cell = fit(text, widths[at]!)
        const pad = ' '.repeat(widths[at]! - widthOf(cell))
        const painted = styles[at] == null ? cell : context.style(styles[at], cell)
        if (shown[at]!.align === 'right') return pad + painted
        return at === shown.length - 1 ? painted : painted + pad
      })
      .join(COLUMN_GAP)}\n`
  const head = line(
    shown.map(({ title }) => title),
    shown.map(() => 'dim' as const),
  )
  return (
    head +
    rows
      .map((row, at) =>
        line(
          cells[at]!,
          shown.map(({ style }) => style?.(row) ?? null),
        ),
      )
      .join('')
  )
}

/** Prints names and values, one per line. Names without a value are omitted. */
export function fields(
  context: Context,
  list: readonly (readonly [name: string, value: string | number | null])[],
): string {
  const known = list
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [visible(name), visible(String(value))] as const)
  const width = Math.max(0, ...known.map(([name]) => widthOf(name)))
  return known
    .map(([name, value]) => {
      if (!context.isTTY.stdout) return `${name}\t${value}\n`
      const pad = ' '.repeat(width - widthOf(name))
      return `${context.style('dim', name)}${pad}  ${value}\n`
    })
    .join('')
}
