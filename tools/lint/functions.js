/**
 * Lint rule: no function literal is assigned to a member, as in `c.json = () => …`. V8 allocates
 * such a function as an old object ("pretenured"), so that all that it refers to outlives every
 * young collection. Per request this costs a quarter of the time and twice the memory.
 */
const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression'])

const noneAssignedToMember = {
  create(context) {
    return {
      AssignmentExpression(node) {
        if (node.left.type !== 'MemberExpression' || !FUNCTIONS.has(node.right.type)) return
        const message = 'Assign the result of a function that returns this function.'
        context.report({ message, node: node.right })
      },
    }
  },
}

export default {
  meta: { name: 'functions' },
  rules: { 'none-assigned-to-member': noneAssignedToMember },
}
