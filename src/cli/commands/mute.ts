import { actionCommand, type Values } from '../action-command.ts'
import { CommandError, EXIT } from '../command.ts'
import { readCount, readDuration } from '../with-reader.ts'

export const muteCommand = actionCommand({
  name: 'mute',
  summary: 'keep open issues silent for a time, or until they occurred so often',
  usage: '<fingerprint …> | --query <query> --for <time> [options]',
  words: `Keeps open issues silent: for a time, until a count, or for so many more occurrences.

  --for <time>          such as 30m, 24h, 7d
  --until-count <n>     until the issue has occurred n times in all
  --for-next <n>        for the next n occurrences`,
  verb: 'Mute',
  done: 'Muted',
  options: {
    for: { type: 'string' },
    'until-count': { type: 'string' },
    'for-next': { type: 'string' },
  },
  prepare: (values) => void untilOf(values),
  act: (actions, target, values, options) => actions.mute(target, untilOf(values), options),
})

function untilOf(values: Values) {
  const { for: time, 'until-count': count, 'for-next': next } = values
  if ([time, count, next].filter((value) => value !== undefined).length !== 1)
    throw new CommandError('say one of --for, --until-count and --for-next', EXIT.usage)
  if (typeof time === 'string') return { forMs: readDuration(time, '--for') }
  if (typeof count === 'string') return { untilCount: readCount(count, '--until-count', 1e9) }
  return { forNext: readCount(String(next), '--for-next', 1e9) }
}
