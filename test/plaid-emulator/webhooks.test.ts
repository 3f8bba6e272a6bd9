// Webhooks as an application meets them: what comes, signed how, and what happens when it is not
// taken.
import { describe, expect, test } from 'vitest'
import { startReceiver, verify } from './receiver.ts'
import { PLATYPUS, startEmulator } from './support.ts'

describe('a webhook', () => {
  test('is signed as Plaid documents, by a key that the emulator gives', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS, { webhook: receiver.url })
    await bench.post('/sandbox/item/reset_login', { access_token: item.accessToken })
    const [webhook] = await receiver.until(1)
    if (webhook === undefined) throw new Error('none came')
    expect(webhook.body).toMatchObject({
      webhook_type: 'ITEM',
      webhook_code: 'ERROR',
      item_id: item.itemId,
      error: { error_code: 'ITEM_LOGIN_REQUIRED', status: 400 },
      environment: 'sandbox',
    })
    expect(webhook.raw).toBe(JSON.stringify(webhook.body, null, 2))
    await verify(bench, webhook)
    const forged = { ...webhook, raw: webhook.raw.replace('ERROR', 'OTHER') }
    await expect(verify(bench, forged)).rejects.toThrow('another one')
  })
})
