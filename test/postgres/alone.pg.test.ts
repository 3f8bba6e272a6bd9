// Of those who want to be alone one is at it, and the others wait.
import { expect, test } from 'vitest'
import { alone } from '../../src/postgres/alone.ts'
import { testDatabase } from '../support/database.ts'

test('one after the other, whoever fails; another thing is done meanwhile', async () => {
  await using db = await testDatabase()
  const said: string[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const work = (name: string, what = 'this', until = Promise.resolve()) =>
    alone(
      db.url,
      what,
      async () => {
        said.push(`${name} begins`)
        await until
        if (name === 'b') throw new Error('b fails')
        said.push(`${name} ends`)
      },
      () => said.push(`${name} waits`),
    )
  const a = work('a', 'this', held)
  await expect.poll(() => said).toContain('a begins')
  const b = expect(work('b')).rejects.toThrow('b fails')
  await expect.poll(() => said).toContain('b waits')
  await work('c', 'that')
  release()
  await Promise.all([a, b])
  await work('d')
  const order = 'a begins, b waits, c begins, c ends, a ends, b begins, d begins, d ends'
  expect(said).toEqual(order.split(', '))
})
