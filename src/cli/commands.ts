import type { Command } from './command.ts'

/**
 * Every command, in the order of `klaxon help`. A command is loaded when it is used, because it may
 * need drizzle-orm or wrangler, and `klaxon help` must work without them.
 */
export const commands: Record<string, () => Promise<Command>> = {
  init: async () => (await import('./commands/init.ts')).initCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  test: async () => (await import('./commands/test.ts')).testCommand,
  maintain: async () => (await import('./commands/maintain.ts')).maintainCommand,
  replay: async () => (await import('./commands/replay-command.ts')).replayCommand,
  sourcemaps: async () => (await import('./commands/sourcemaps.ts')).sourcemapsCommand,
  symbolicate: async () => (await import('./commands/symbolicate.ts')).symbolicateCommand,
  issues: async () => (await import('./commands/issues.ts')).issuesCommand,
  issue: async () => (await import('./commands/issue.ts')).issueCommand,
  show: async () => (await import('./commands/show.ts')).showCommand,
  tail: async () => (await import('./commands/tail.ts')).tailCommand,
  resolve: async () => (await import('./commands/resolve.ts')).resolveCommand,
  reopen: async () => (await import('./commands/reopen.ts')).reopenCommand,
  ignore: async () => (await import('./commands/ignore.ts')).ignoreCommand,
  mute: async () => (await import('./commands/mute.ts')).muteCommand,
  unmute: async () => (await import('./commands/unmute.ts')).unmuteCommand,
  comment: async () => (await import('./commands/comment.ts')).commentCommand,
  alerts: async () => (await import('./commands/alerts.ts')).alertsCommand,
  releases: async () => (await import('./commands/releases.ts')).releasesCommand,
  health: async () => (await import('./commands/health.ts')).healthCommand,
  forget: async () => (await import('./commands/forget.ts')).forgetCommand,
  dash: async () => (await import('./commands/dash.ts')).dashCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  mcp: async () => (await import('./commands/mcp.ts')).mcpCommand,
  help: async () => (await import('./commands/help.ts')).helpCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
}
