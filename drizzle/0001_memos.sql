CREATE TABLE `klaxon_memos` (
	`channel` text NOT NULL,
	`fingerprint` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`channel`, `fingerprint`)
);
