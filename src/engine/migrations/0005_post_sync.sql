-- The command that runs after each of a connection's syncs, by its name; and how it went.
alter table engine.connection add column post_sync_command text;
-- {command, status: succeeded | failed, message}.
alter table engine.attempt add column post_sync json;
