-- Who is due is asked for each kind by itself, and thousands of the other may be due before them.
create index item_due_well on plaid.item (next_pull_at) where pulled and failures = 0;
create index item_due_failing on plaid.item (next_pull_at) where pulled and failures > 0;
