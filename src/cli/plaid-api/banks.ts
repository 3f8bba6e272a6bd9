// Which linked Item a person means: by its id, its institution's id, or the bank's name as far as
// it tells one from the others.
import { ConfigError } from '../../std/errors.ts'
import type { Item } from '../../plaid-api/item/view.ts'
import type { PlaidApi } from './client.ts'

/** How many of several are named in a sentence. */
const namedMax = 10

/** Of those that `fits`; more than one, or none, is an error that names what there is. */
export async function findBank(
  api: PlaidApi,
  bank: string,
  fits: (item: Item) => boolean,
): Promise<Item> {
  const found = await candidates(api, bank, fits)
  const [item] = found
  if (item === undefined) {
    const sentence = `no linked bank is called “${bank}”: make plaid-accounts lists them`
    throw new ConfigError('BANK_UNKNOWN', sentence)
  }
  if (found.length === 1) return item
  const named = found.slice(0, namedMax).map((one) => `  ${one.item_id}  ${nameOf(one)}`)
  const sentence = `${found.length} Items are meant by “${bank}”: say which by its id\n`
  throw new ConfigError('BANK_AMBIGUOUS', sentence + named.join('\n'))
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
