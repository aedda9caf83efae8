import { visible } from '../util/safe-text.ts'

/** A text with all characters visible. It keeps its line breaks. */
export function visibleLines(text: string): string {
  return text
    .split(/\r\n|\n/)
    .map((line) => visible(line.replaceAll('\t', '  ')))
    .join('\n')
}
