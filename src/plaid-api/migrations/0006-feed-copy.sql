-- A page of the feed is one COPY (store/feed.ts): what found its end and built its texts is not asked
-- any more.
drop function plaid.feed_edge(timestamptz, timestamptz, boolean, integer);
drop function plaid.feed_page(timestamptz, timestamptz, boolean, integer, integer, text);
