// Webhooks on their way: how they are signed, when they are tried, what a receiver may do to them.
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { events, type Received, startReceiver, verify } from './support/receiver.ts'
import {
  type Bench,
  type LinkedItem,
  PLATYPUS,
  startEmulator,
  temporaryFolder,
} from './support/emulator.ts'

/** Nothing comes at the bank of such an Item: its webhooks are those that a test asks for. */
function quietItem(bench: Bench, webhook: string): Promise<LinkedItem> {
  return bench.link(PLATYPUS, { webhook }, ['identity'])
}

async function fire(bench: Bench, item: LinkedItem, webhook_code = 'NEW_ACCOUNTS_AVAILABLE') {
  const access_token = item.accessToken
  const answer = await bench.post('/sandbox/item/fire_webhook', { access_token, webhook_code })
  expect(answer).toMatchObject({ status: 200, body: { webhook_fired: true } })
}

/** The number of attempts and the status of each webhook. */
async function outcomes(bench: Bench): Promise<[number, string][]> {
  return (await events(bench)).webhook_events.map((each) => [
    each.attempt_count,
    each.delivery_status,
  ])
}

describe('a webhook', () => {
  test('is signed as Plaid documents, by a key that the emulator gives', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await quietItem(bench, receiver.url)
    await fire(bench, item)
    const [webhook] = await receiver.until(1)
    expect(webhook?.path).toBe('/webhook')
    expect(webhook?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(webhook?.raw).toBe(JSON.stringify(webhook?.body, null, 2))
    await verify(bench, webhook as Received)
    const raw = webhook?.raw.replace('NEW', 'OLD') ?? ''
    await expect(verify(bench, { ...(webhook as Received), raw })).rejects.toThrow('another one')
  })

  test('is signed by another key after a rotation; the old one answers as expired', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await quietItem(bench, receiver.url)
    const kids: string[] = []
    for (const change of [{ rotate_webhook_key: {} }, { advance: '30d' }, { advance: '1d' }]) {
      await fire(bench, item)
      const webhook = (await receiver.until(kids.length + 1)).at(-1)
      kids.push((await verify(bench, webhook as Received)).kid)
      await bench.command(change)
    }
    expect(new Set(kids).size).toBe(3)
    const [first] = receiver.received
    await expect(verify(bench, first as Received)).rejects.toThrow('expired')
    const unknown = await bench.post('/webhook_verification_key/get', { key_id: 'nobody' })
    expect([unknown.status, unknown.body['error_code']]).toEqual([
      400,
      'INVALID_WEBHOOK_VERIFICATION_KEY_ID',
    ])
  })

  test('comes again after 30 s, and each time after four times as long, for a day', async () => {
    await using receiver = await startReceiver((response) => response.writeHead(202).end())
    await using bench = await startEmulator()
    await fire(bench, await quietItem(bench, receiver.url))
    await receiver.until(1)
    let tries = 1
    for (const delay of [30, 120, 480, 1_920, 7_680, 30_720]) {
      await bench.advance(`${delay - 1}s`)
      expect(receiver.received.length, `before ${delay} s`).toBe(tries)
      await bench.advance('1s')
      expect(receiver.received.length, `after ${delay} s`).toBe(++tries)
    }
    expect(await outcomes(bench)).toEqual([[7, 'FAILED']])
    await bench.advance('3d')
    expect(receiver.received.length).toBe(7)
    for (const webhook of receiver.received) await verify(bench, webhook)
  })

  test('one walk over a day makes the same attempts, and stops when one is taken', async () => {
    await using receiver = await startReceiver((response) => {
      response.writeHead(receiver.received.length < 4 ? 500 : 200).end()
    })
    await using bench = await startEmulator()
    await fire(bench, await quietItem(bench, receiver.url))
    await bench.advance('25h')
    expect(await outcomes(bench)).toEqual([[4, 'DELIVERED']])
    const [event] = (await events(bench)).webhook_events
    expect(event).toMatchObject({
      sent_time: '2026-03-15T12:00:00Z',
      last_attempt_time: '2026-03-15T12:10:30Z',
      last_http_status_code: 200,
    })
  })

  test('is not tried again where more than nine of ten are rejected', async () => {
    await using receiver = await startReceiver((response) => response.writeHead(500).end())
    await using bench = await startEmulator()
    const item = await quietItem(bench, receiver.url)
    for (let i = 0; i < 10; i++) await fire(bench, item)
    await receiver.until(10)
    await bench.advance('25h')
    // nine had their first retry on order before the tenth was rejected
    expect(receiver.received.length).toBe(19)
    await fire(bench, item)
    receiver.answerWith((response) => response.end())
    await bench.advance('26h')
    await fire(bench, item)
    await bench.advance('1s')
    expect((await outcomes(bench)).at(-1)).toEqual([1, 'DELIVERED'])
  })
})

describe('a receiver', () => {
  test('that does not answer in time is tried again, and holds nobody else up', async () => {
    await using silent = await startReceiver(() => {})
    await using receiver = await startReceiver()
    await using bench = await startEmulator({ webhookAnswerMsMax: 1_000 })
    const [hung, item] = [await quietItem(bench, silent.url), await quietItem(bench, receiver.url)]
    await fire(bench, hung)
    await fire(bench, item)
    await receiver.until(1)
    expect(await outcomes(bench)).toEqual([
      [0, 'PENDING'],
      [1, 'DELIVERED'],
    ])
    await bench.advance('30s')
    expect((await events(bench)).webhook_events[0]).toMatchObject({
      attempt_count: 2,
      delivery_status: 'PENDING',
      last_http_status_code: null,
    })
  })

  test('that sends headers and then nothing, or megabytes, costs its status only', async () => {
    await using receiver = await startReceiver((response) => {
      if (receiver.received.length === 1) response.writeHead(200).write('never ends')
      else response.end('x'.repeat(2_000_000))
    })
    await using bench = await startEmulator({ webhookAnswerMsMax: 1_000 })
    const item = await quietItem(bench, receiver.url)
    for (let i = 1; i <= 3; i++) await fire(bench, item)
    await bench.advance('1s')
    expect(await outcomes(bench)).toEqual([
      [1, 'DELIVERED'],
      [1, 'DELIVERED'],
      [1, 'DELIVERED'],
    ])
  })

  test('that redirects, closes the connection or speaks no HTTP has rejected it', async () => {
    await using elsewhere = await startReceiver()
    await using receiver = await startReceiver((response) => {
      if (receiver.received.length > 1) response.destroy()
      else response.writeHead(302, { location: elsewhere.url }).end()
    })
    const noise = createServer((socket) => socket.end('nothing like HTTP\r\n\r\n'))
    await new Promise<void>((resolve) => noise.listen(0, '127.0.0.1', resolve))
    await using bench = await startEmulator()
    const item = await quietItem(bench, receiver.url)
    await fire(bench, item)
    await fire(bench, item)
    const port = (noise.address() as AddressInfo).port
    await fire(bench, await quietItem(bench, `http://127.0.0.1:${port}/`))
    await fire(bench, await quietItem(bench, 'http://[::1]:1/nobody-listens'))
    await fire(bench, await quietItem(bench, 'http://127.0.0.1:99999/no-such-port'))
    await bench.advance('1s')
    noise.close()
    const statuses = (await events(bench)).webhook_events.map((each) => each.last_http_status_code)
    expect(statuses).toEqual([302, null, null, null, null])
    expect(await outcomes(bench)).toEqual(Array.from({ length: 5 }, () => [1, 'PENDING']))
    expect(elsewhere.received).toEqual([])
  })

  test('is an http address without credentials, of a bounded length', async () => {
    await using bench = await startEmulator()
    const { accessToken } = await bench.link()
    const hostile = [
      'ftp://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'https://user:secret@example.com/hook',
      'https://user@example.com',
      'http://',
      'http:///path',
      'http://exa mple.com/',
      'http://example.com/a b',
      'http://example.com/\r\nx-injected: 1',
      '//example.com',
      `https://example.com/${'x'.repeat(2_000)}`,
    ]
    for (const webhook of hostile) {
      const body = { access_token: accessToken, webhook }
      const answer = await bench.post('/item/webhook/update', body)
      expect([answer.status, answer.body['error_code']], webhook).toEqual([400, 'INVALID_FIELD'])
    }
  })
})

describe('the webhooks of an Item', () => {
  test('are tried in their order, one at a time, those of other Items beside them', async () => {
    const running = new Map<unknown, number>()
    let [most, mostOfOne] = [0, 0]
    await using receiver = await startReceiver((response, { body }) => {
      const id = body['item_id']
      running.set(id, (running.get(id) ?? 0) + 1)
      mostOfOne = Math.max(mostOfOne, running.get(id) ?? 0)
      most = Math.max(most, [...running.values()].filter((count) => count > 0).length)
      setTimeout(() => {
        running.set(id, (running.get(id) ?? 0) - 1)
        response.end()
      }, 5)
    })
    await using bench = await startEmulator()
    const items = []
    for (let i = 0; i < 40; i++) items.push(await quietItem(bench, receiver.url))
    const codes = ['NEW_ACCOUNTS_AVAILABLE', 'LOGIN_REPAIRED', 'PENDING_DISCONNECT']
    await Promise.all(
      items.map(async (item) => {
        for (const code of codes) await fire(bench, item, code)
      }),
    )
    await bench.advance('1s')
    expect(receiver.received.length).toBe(120)
    for (const { itemId } of items) {
      const own = receiver.received.filter(({ body }) => body['item_id'] === itemId)
      expect(own.map(({ body }) => body.webhook_code)).toEqual(codes)
    }
    expect(mostOfOne).toBe(1)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(32)
  })

  test('survive a restart: those that wait are delivered, with a key that is still known', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await startReceiver((response) => {
      response.writeHead(receiver.received.length === 1 ? 200 : 503).end()
    })
    const dataFolder = join(folder.path, 'emulator')
    await using bench = await startEmulator({ dataFolder })
    const item = await quietItem(bench, receiver.url)
    await fire(bench, item, 'LOGIN_REPAIRED')
    await fire(bench, item)
    await receiver.until(2)
    await bench.advance('1s')
    const before = (await events(bench)).webhook_events
    await bench.restart()
    expect((await events(bench)).webhook_events).toEqual(before)
    receiver.answerWith((response) => response.end())
    await bench.advance('30s')
    expect(receiver.codes()).toEqual([
      'LOGIN_REPAIRED',
      'NEW_ACCOUNTS_AVAILABLE',
      'NEW_ACCOUNTS_AVAILABLE',
    ])
    for (const webhook of receiver.received) await verify(bench, webhook)
    await bench.restart()
    expect(await outcomes(bench)).toEqual([
      [1, 'DELIVERED'],
      [2, 'DELIVERED'],
    ])
    for (const file of ['emulator.json', 'webhooks.jsonl']) {
      expect((await stat(join(dataFolder, file))).mode & 0o077, file).toBe(0)
    }
    expect(await readFile(join(dataFolder, 'webhooks.jsonl'), 'utf8')).toContain(item.itemId)
  })

  test('an attempt that the end of the process cut short is made by the next one', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await startReceiver(() => {})
    // whoever waited for its answer would wait beyond the end of this test
    const webhookAnswerMsMax = 600_000
    await using bench = await startEmulator({ dataFolder: folder.path, webhookAnswerMsMax })
    const item = await quietItem(bench, receiver.url)
    await fire(bench, item)
    await receiver.until(1)
    receiver.answerWith((response) => response.end())
    await bench.restart()
    await receiver.until(2)
    await bench.advance('1s')
    expect(await outcomes(bench)).toEqual([[1, 'DELIVERED']])
  })
})

describe('on order the next webhooks', () => {
  async function sent(order: object, codes: string[], advance = '1s') {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await quietItem(bench, receiver.url)
    expect((await bench.command({ webhook: order })).status).toBe(200)
    for (const code of codes) await fire(bench, item, code)
    await bench.advance(advance)
    return { came: receiver.codes(), outcomes: await outcomes(bench) }
  }
  const [one, two, three] = ['NEW_ACCOUNTS_AVAILABLE', 'LOGIN_REPAIRED', 'PENDING_DISCONNECT']

  test('are lost, and listed as failed', async () => {
    expect(await sent({ fault: 'drop', times: 2 }, [one, two, three], '2d')).toEqual({
      came: [three],
      outcomes: [
        [1, 'FAILED'],
        [1, 'FAILED'],
        [1, 'DELIVERED'],
      ],
    })
  })

  test('come twice', async () => {
    const { came } = await sent({ fault: 'duplicate', webhook_code: two }, [one, two, three])
    expect(came.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([two, two, one, three])
  })

  test('come late', async () => {
    const order = { fault: 'delay', by: '2m' }
    expect((await sent(order, [one, two], '119s')).came).toEqual([two])
    expect((await sent(order, [one, two], '120s')).came).toEqual([two, one])
  })

  test('come the last first; too few of them come after a minute', async () => {
    const order = { fault: 'reorder', times: 3 }
    expect((await sent(order, [one, two, three])).came).toEqual([three, two, one])
    expect((await sent(order, [one, two], '59s')).came).toEqual([])
    expect((await sent(order, [one, two], '60s')).came).toEqual([one, two])
  })

  test('are met by an order that a restart came after', async () => {
    await using folder = await temporaryFolder()
    await using receiver = await startReceiver()
    await using bench = await startEmulator({ dataFolder: folder.path })
    const item = await quietItem(bench, receiver.url)
    await bench.command({ webhook: { fault: 'drop', times: 2 } })
    await fire(bench, item, one)
    await bench.restart()
    for (const code of [two, three]) await fire(bench, item, code)
    await bench.advance('1s')
    expect(receiver.codes()).toEqual([three])
  })
})
