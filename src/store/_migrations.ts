// Made from drizzle/ by scripts/embed-migrations.ts: do not edit.

export interface Migration {
  tag: string
  /** Unix ms at which it was generated: Drizzle applies what is newer than the last applied. */
  when: number
  /** SHA-256 of the file, in hex. */
  hash: string
  statements: string[]
}

export const migrations: Migration[] = [
  {
    tag: '0000_init',
    when: 1795256402993,
    hash: 'd7bc11ea34db3bb18d0839340ced1a941df8b5f1b9896eaac1deed98830374e3',
    statements: [
      'CREATE TABLE IF NOT EXISTS `klaxon_alerts` ( `id` text PRIMARY KEY NOT NULL, `channel` text NOT NULL, `reason` text NOT NULL, `fingerprint` text NOT NULL, `occurrence_id` text, `created_at` integer NOT NULL, `since_count` integer NOT NULL, `over_budget` integer NOT NULL, `lease_owner` text, `lease_until` integer, `sent_at` integer );',
      'CREATE INDEX IF NOT EXISTS `klaxon_alerts_channel` ON `klaxon_alerts` (`channel`,`over_budget`,`sent_at`,`created_at`);',
      'CREATE INDEX IF NOT EXISTS `klaxon_alerts_unsent` ON `klaxon_alerts` (`fingerprint`) WHERE sent_at is null;',
      'CREATE TABLE IF NOT EXISTS `klaxon_channels` ( `name` text PRIMARY KEY NOT NULL, `paused_until` integer NOT NULL, `permanent` integer DEFAULT false NOT NULL );',
      "CREATE TABLE IF NOT EXISTS `klaxon_issues` ( `fingerprint` text PRIMARY KEY NOT NULL, `title` text NOT NULL, `kind` text NOT NULL, `status` integer NOT NULL, `method` text NOT NULL, `route` text, `first_seen` integer NOT NULL, `last_seen` integer NOT NULL, `count` integer NOT NULL, `first_release` text, `last_release` text, `state` text DEFAULT 'open' NOT NULL, `resolved_at` integer, `muted_until` integer, `last_occurrence_id` text, `created_at` integer NOT NULL, `alert_due` text, `alerted_at` integer, `alerted_count` integer DEFAULT 0 NOT NULL );",
      'CREATE INDEX IF NOT EXISTS `klaxon_issues_last_seen` ON `klaxon_issues` (`last_seen`);',
      'CREATE INDEX IF NOT EXISTS `klaxon_issues_created_at` ON `klaxon_issues` (`created_at`);',
      'CREATE TABLE IF NOT EXISTS `klaxon_occurrences` ( `id` text PRIMARY KEY NOT NULL, `occurred_at` integer NOT NULL, `fingerprint` text NOT NULL, `title` text NOT NULL, `kind` text NOT NULL, `status` integer NOT NULL, `method` text NOT NULL, `path` text NOT NULL, `query` text, `route` text, `host` text, `client_ip` text, `user_agent` text, `user_id` text, `username` text, `error_name` text, `error_message` text, `error_stack` text, `causes` text, `request_id` text, `trace_id` text, `release` text, `environment` text, `runtime` text NOT NULL, `colo` text, `country` text, `headers` text, `extra` text, `duration_ms` real );',
      'CREATE INDEX IF NOT EXISTS `klaxon_occurrences_fingerprint` ON `klaxon_occurrences` (`fingerprint`,`occurred_at`);',
      'CREATE INDEX IF NOT EXISTS `klaxon_occurrences_occurred_at` ON `klaxon_occurrences` (`occurred_at`);',
      'CREATE TABLE IF NOT EXISTS `klaxon_tallies` ( `id` text PRIMARY KEY NOT NULL, `expires_at` integer NOT NULL );',
      'CREATE INDEX IF NOT EXISTS `klaxon_tallies_expires_at` ON `klaxon_tallies` (`expires_at`);',
    ],
  },
  {
    tag: '0001_memos',
    when: 1795266848224,
    hash: '603dc3f181201cfa1a7e93daab2d4cf69109321b33a29a757bd8914d891bdf34',
    statements: [
      'CREATE TABLE IF NOT EXISTS `klaxon_memos` ( `channel` text NOT NULL, `fingerprint` text NOT NULL, `value` text NOT NULL, PRIMARY KEY(`channel`, `fingerprint`) );',
    ],
  },
]
