CREATE TABLE IF NOT EXISTS `klaxon_alerts` (
	`id` text PRIMARY KEY NOT NULL,
	`channel` text NOT NULL,
	`reason` text NOT NULL,
	`fingerprint` text NOT NULL,
	`occurrence_id` text,
	`created_at` integer NOT NULL,
	`since_count` integer NOT NULL,
	`over_budget` integer NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`lease_owner` text,
	`lease_until` integer,
	`sent_at` integer
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_alerts_channel` ON `klaxon_alerts` (`channel`,`over_budget`,`sent_at`,`tries`,`created_at`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_alerts_unsent` ON `klaxon_alerts` (`fingerprint`) WHERE sent_at is null;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_channels` (
	`key` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`service` text DEFAULT '' NOT NULL,
	`environment` text DEFAULT '' NOT NULL,
	`used_at` integer NOT NULL,
	`paused_until` integer DEFAULT 0 NOT NULL,
	`permanent` integer DEFAULT false NOT NULL,
	`reason` text
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_counted_ids` (
	`id` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_counted_ids_expires_at` ON `klaxon_counted_ids` (`expires_at`);--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_events` (
	`id` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`at` integer NOT NULL,
	`what` text NOT NULL,
	`channel` text,
	`who` text,
	`data` text
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_events_fingerprint` ON `klaxon_events` (`fingerprint`,`at`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_events_at` ON `klaxon_events` (`at`);--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_heartbeats` (
	`service` text NOT NULL,
	`environment` text NOT NULL,
	`name` text NOT NULL,
	`every_ms` integer NOT NULL,
	`grace_ms` integer NOT NULL,
	`last_at` integer NOT NULL,
	`missed_at` integer,
	PRIMARY KEY(`service`, `environment`, `name`)
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_hours` (
	`fingerprint` text NOT NULL,
	`hour` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`fingerprint`, `hour`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_issues` (
	`fingerprint` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`kind` text NOT NULL,
	`service` text,
	`environment` text,
	`status` integer NOT NULL,
	`method` text NOT NULL,
	`route` text,
	`first_seen` integer NOT NULL,
	`last_seen` integer NOT NULL,
	`count` integer NOT NULL,
	`first_release` text,
	`last_release` text,
	`state` text DEFAULT 'open' NOT NULL,
	`resolved_at` integer,
	`muted_until` integer,
	`muted_until_count` integer,
	`resolved_in` text,
	`last_occurrence_id` text,
	`created_at` integer NOT NULL,
	`alert_due` text,
	`alerted_at` integer,
	`alerted_count` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_issues_last_seen` ON `klaxon_issues` (`last_seen`,`fingerprint`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_issues_state` ON `klaxon_issues` (`state`,`last_seen`,`fingerprint`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_issues_created_at` ON `klaxon_issues` (`created_at`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_issues_alert_due` ON `klaxon_issues` (`alert_due`) WHERE alert_due is not null;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_map_chunks` (
	`map_id` text NOT NULL,
	`line` integer NOT NULL,
	`col` integer NOT NULL,
	`data` blob NOT NULL,
	PRIMARY KEY(`map_id`, `line`, `col`)
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_map_files` (
	`release` text NOT NULL,
	`file` text NOT NULL,
	`map_id` text NOT NULL,
	`uploaded_at` integer NOT NULL,
	PRIMARY KEY(`release`, `file`)
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_map_files_map` ON `klaxon_map_files` (`map_id`);--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_map_sources` (
	`hash` text PRIMARY KEY NOT NULL,
	`data` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_map_uses` (
	`map_id` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`map_id`, `hash`)
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_map_uses_hash` ON `klaxon_map_uses` (`hash`);--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_maps` (
	`id` text PRIMARY KEY NOT NULL,
	`debug_id` text,
	`file` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_maps_debug_id` ON `klaxon_maps` (`debug_id`) WHERE debug_id is not null;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_occurrences` (
	`id` text PRIMARY KEY NOT NULL,
	`occurred_at` integer NOT NULL,
	`fingerprint` text NOT NULL,
	`title` text NOT NULL,
	`kind` text NOT NULL,
	`service` text,
	`status` integer NOT NULL,
	`method` text NOT NULL,
	`path` text NOT NULL,
	`query` text,
	`route` text,
	`host` text,
	`client_ip` text,
	`user_agent` text,
	`user_id` text,
	`username` text,
	`error_name` text,
	`error_message` text,
	`error_stack` text,
	`causes` text,
	`request_id` text,
	`trace_id` text,
	`release` text,
	`environment` text,
	`runtime` text NOT NULL,
	`colo` text,
	`country` text,
	`headers` text,
	`extra` text,
	`context` text,
	`breadcrumbs` text,
	`debug_ids` text,
	`resent_from` text,
	`duration_ms` real
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_occurrences_fingerprint` ON `klaxon_occurrences` (`fingerprint`,`occurred_at`,`id`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_occurrences_occurred_at` ON `klaxon_occurrences` (`occurred_at`,`id`);--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_occurrences_user` ON `klaxon_occurrences` (`user_id`,`occurred_at`) WHERE user_id is not null;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_occurrences_trace` ON `klaxon_occurrences` (`trace_id`) WHERE trace_id is not null;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS `klaxon_occurrences_resent` ON `klaxon_occurrences` (`resent_from`) WHERE resent_from is not null;--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_releases` (
	`service` text NOT NULL,
	`release` text NOT NULL,
	`first_seen` integer NOT NULL,
	PRIMARY KEY(`service`, `release`)
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_series` (
	`service` text NOT NULL,
	`series` text NOT NULL,
	`hour` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`service`, `series`, `hour`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_settings` (
	`service` text NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`service`, `name`)
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_texts` (
	`fingerprint` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `klaxon_threads` (
	`channel` text NOT NULL,
	`fingerprint` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`channel`, `fingerprint`)
);
