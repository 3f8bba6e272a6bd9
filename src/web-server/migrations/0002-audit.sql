-- The audit is one for all services now (postgres/audit.ts).
insert into audit.entry (at, place, person, action, detail, status)
  select at, 'web', person, action, detail, status from web.audit order by id;

drop table web.audit;
