// plaid-api over a test's database and bank, without its own polling: a test says when a pull
// happens.
import type { StreamProduct } from '../../src/catalog/stream.ts'
import type { PlaidEnvironment } from '../../src/plaid/limits.ts'
import { createPlaidApi, type PlaidApi } from '../../src/plaid-api/service.ts'
import { insertItem } from '../../src/plaid-api/store/item.ts'
import { createLogger, type Logger } from '../../src/std/log.ts'
import {
  newSealingKeyText,
  seal,
  type SealingKey,
  sealingKey,
  Secret,
} from '../../src/std/secrets.ts'
import type { TestDatabase } from './database.ts'
import type { BankItem, ModelBank } from './model-bank.ts'

export const testKey: SealingKey = sealingKey(newSealingKeyText())

export interface TestApi extends PlaidApi, AsyncDisposable {}

export async function testPlaidApi(
  db: Pick<TestDatabase, 'url'>,
  bank: Pick<ModelBank, 'url'>,
  more: {
    onStep?: (step: string) => Promise<void>
    openReads?: boolean
    environment?: PlaidEnvironment
    logger?: Logger
    metricsToken?: Secret
    countryCodes?: string[]
    language?: string
    products?: StreamProduct[]
  } = {},
): Promise<TestApi> {
  const api = await createPlaidApi({
    databaseUrl: db.url,
    sealingKey: testKey,
    plaid: {
      environment: more.environment ?? 'emulator',
      baseUrl: bank.url,
      clientId: 'client',
      secret: new Secret('plaid-secret'),
      retryPolicy: { triesMax: 1, firstDelayMs: 1, delayMsMax: 1, factor: 1 },
    },
    host: '127.0.0.1',
    port: 0,
    openReads: more.openReads ?? false,
    pollEveryMs: 3_600_000,
    products: more.products ?? ['transactions'],
    daysRequested: 730,
    clientName: 'Test',
    countryCodes: more.countryCodes ?? ['US', 'CA'],
    language: more.language ?? 'en',
    logger: more.logger ?? createLogger('plaid-api', 'silent'),
    ...(more.onStep ? { onStep: more.onStep } : {}),
    ...(more.metricsToken ? { metricsToken: more.metricsToken } : {}),
  })
  return {
    ...api,
    [Symbol.asyncDispose]: async () => {
      await api.app.close()
      await api.context.pool.end()
    },
  }
}

/** The Item as if it had been linked. */
export async function link(
  api: PlaidApi,
  item: Pick<BankItem, 'itemId' | 'token'>,
  owner?: string,
): Promise<void> {
  await insertItem(api.context.pool, {
    itemId: item.itemId,
    owner: owner ?? null,
    duplicateOf: null,
    institutionId: 'ins_1',
    institutionName: 'Model Bank',
    sealedToken: seal(testKey, item.itemId, new Secret(item.token)),
  })
}
