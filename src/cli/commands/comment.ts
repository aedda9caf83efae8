import { actionCommand } from '../action-command.ts'
import { CommandError, EXIT } from '../command.ts'

export const commentCommand = actionCommand({
  name: 'comment',
  summary: 'write a comment into the history of issues',
  usage: '<fingerprint …> --comment <text> [options]',
  words: 'Writes a comment, with your name (USER, or KLAXON_USER), into the history of issues.\n',
  verb: 'Comment on',
  done: 'Commented on',
  prepare: ({ comment }) => {
    if (typeof comment !== 'string' || comment.trim() === '')
      throw new CommandError('write the comment: --comment "the cause is …"', EXIT.usage)
  },
  act: (actions, target, values, { who = null }) =>
    actions.comment(target, String(values['comment']), { who }),
})
