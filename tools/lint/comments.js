/** Lint rule: a comment stays within 100 columns, but for an address that can't be broken. */
const MAX_COLUMNS = 100
const ADDRESS = /\bhttps?:\/\/\S+/g

const maxColumns = {
  create(context) {
    return {
      Program() {
        const { lines } = context.sourceCode
        for (const { loc } of context.sourceCode.getAllComments()) {
          for (let line = loc.start.line; line <= loc.end.line; line++) {
            const text = lines[line - 1] ?? ''
            if (text.length <= MAX_COLUMNS || text.replace(ADDRESS, '').length <= MAX_COLUMNS / 2)
              continue
            context.report({
              message: `A comment has at most ${MAX_COLUMNS} columns; this line has ${text.length}.`,
              loc: { start: { line, column: 0 }, end: { line, column: text.length } },
            })
          }
        }
      },
    }
  },
}

export default { meta: { name: 'comments' }, rules: { 'max-columns': maxColumns } }
