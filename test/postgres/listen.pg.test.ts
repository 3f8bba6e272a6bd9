import { afterAll, expect, test } from 'vitest'
import { listen } from '../../src/postgres/listen.ts'
import { testDatabase } from '../support/database.ts'

const db = await testDatabase()
afterAll(() => db[Symbol.asyncDispose]())

const nobody = { onNotify: () => {}, onListening: () => {} }

test('whoever is told to stop while he connects stops', async () => {
  const pool = db.pool()
  const stop = new AbortController()
  const listening = listen(pool, 'somewhere', nobody, stop.signal)
  stop.abort()
  await listening
  expect(pool.totalCount - pool.idleCount).toBe(0)
})

test('what is notified is heard until the signal', async () => {
  const pool = db.pool()
  const stop = new AbortController()
  const heard = new Promise<string>((resolve) => {
    const onListening = () => void pool.query(`notify somewhere, 'news'`)
    void listen(pool, 'somewhere', { onNotify: resolve, onListening }, stop.signal)
  })
  expect(await heard).toBe('news')
  stop.abort()
})
