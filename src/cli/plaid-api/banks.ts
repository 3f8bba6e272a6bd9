// Which linked Item a person means: by its id, its institution's id, or the bank's name as far as
// it tells one from the others.
import { ConfigError } from '../../std/errors.ts'
import type { PlaidApi } from '../../server/client/plaid-api.ts'
import type { Item } from '../../plaid-api/shapes.ts'

/** How many of several are named in a sentence. */
const namedMax = 10

/**
 * Of those that `fits`; more than one, or none, is an error that names what there is. `wanted` says
 * what is asked of one, as in “is not a bank that …”.
 */
export async function findBank(
  api: PlaidApi,
  bank: string,
  fits: (item: Item) => boolean,
  wanted: string,
): Promise<Item> {
  const found = await candidates(api, bank, fits)
  const [item] = found
  if (item === undefined) throw await noneFits(api, bank, wanted)
  if (found.length === 1) return item
  const named = found.slice(0, namedMax).map((one) => `  ${one.item_id}  ${nameOf(one)}`)
  const sentence = `${found.length} Items are meant by “${bank}”: say which by its id\n`
  throw new ConfigError('BANK_AMBIGUOUS', sentence + named.join('\n'))
}

/** It is there and not meant, or there is none. */
async function noneFits(api: PlaidApi, bank: string, wanted: string): Promise<ConfigError> {
  const [item] = await candidates(api, bank, () => true)
  if (item === undefined) {
    const sentence = `no linked bank is called “${bank}”: make plaid-accounts lists them`
    return new ConfigError('BANK_UNKNOWN', sentence)
  }
  const what = `${nameOf(item)}, Item ${item.item_id}, is ${item.status}`
  return new ConfigError('BANK_UNFIT', `${what}: it is not ${wanted}`)
}

export function nameOf(item: Pick<Item, 'institution_name'>): string {
  return item.institution_name ?? 'a bank'
}

/** The closest way of naming one that finds any. */
async function candidates(
  api: PlaidApi,
  bank: string,
  fits: (item: Item) => boolean,
): Promise<Item[]> {
  const asked = bank.toLowerCase()
  const ways: ((item: Item) => boolean)[] = [
    (item) => item.item_id === bank,
    (item) => item.institution_id === bank,
    (item) => item.institution_name?.toLowerCase() === asked,
    (item) => item.institution_name?.toLowerCase().includes(asked) === true,
  ]
  const found: Item[][] = ways.map(() => [])
  for await (const item of api.items()) {
    if (!fits(item)) continue
    const way = ways.findIndex((is) => is(item))
    found[way]?.push(item)
  }
  return found.find((items) => items.length > 0) ?? []
}
