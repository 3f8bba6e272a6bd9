// Connections that follow their source: what the source has new is synced at once. Whatever is told
// within a second or two is one sync, so that a source that has news all the time is synced all the
// time, but one sync after the other.
import type { Pool } from '../../postgres/pool.ts'
import { deleteReadNews, insertNews, startFollowing } from '../store/news.ts'

/** From the beginning of one sync to that of the next. */
const gapMs = 2_000
const atOnceMax = 100

/** The source has news; resolves with the connections that follow it. */
export async function sourceHasNews(pool: Pool, sourceId: string): Promise<string[]> {
  const following = await insertNews(pool, sourceId)
  if (following.length > 0) await startFollowed(pool)
  return following
}

/** Starts what is due; resolves with how many syncs were made. */
export async function startFollowed(pool: Pool): Promise<number> {
  await deleteReadNews(pool)
  return startFollowing(pool, gapMs, atOnceMax)
}
