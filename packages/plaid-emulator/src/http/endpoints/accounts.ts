// An Item's accounts and what is on them, as Plaid saw them last or as the bank has it now.
import type { AccountBase } from 'plaid'
import { Type } from '../../../../../src/std/type.ts'
import type { ItemRecord } from '../../bank/state.ts'
import { PlaidFault } from '../../fault.ts'
import { isDeposit } from '../../products/product.ts'
import { instantText } from '../../world/calendar.ts'
import { institutionById } from '../../world/institutions.ts'
import { accountsAnswer, checkLogin, requireProduct } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, itemEndpoint } from '../endpoint.ts'
import { type BodyOf, accountIds, ids, maybe } from '../fields.ts'

const BALANCE = {
  options: maybe({
    account_ids: ids,
    min_last_updated_datetime: Type.Optional(Type.String({ format: 'date-time' })),
  }),
}

export const accountEndpoints: Endpoint[] = [
  itemEndpoint('/accounts/get', { options: accountIds }, (context, item, body) => {
    checkLogin(item)
    return accountsAnswer(context, item, body.options?.account_ids)
  }),
  itemEndpoint('/accounts/balance/get', BALANCE, balances),
]

async function balances(
  context: Context,
  item: ItemRecord,
  body: BodyOf<typeof BALANCE>,
): Promise<object> {
  await requireProduct(context, item, 'balance')
  const answer = accountsAnswer(context, item, body.options?.account_ids)
  const now = new Map(
    context.bank.balances(item).map((account) => [account.account_id, account.balances]),
  )
  const cached = institutionById(item.institutionId)?.cachesCards === true
  const least = body.options?.min_last_updated_datetime
  return {
    ...answer,
    accounts: answer.accounts.map((account): AccountBase => {
      if (cached && !isDeposit(account)) return cachedAccount(context, item, account, least)
      return { ...account, balances: now.get(account.account_id) ?? account.balances }
    }),
  }
}

/** Of cards and loans a bank may say what it said last: the caller says how old that may be. */
function cachedAccount(
  { bank }: Context,
  item: ItemRecord,
  account: AccountBase,
  least: string | undefined,
): AccountBase {
  if (least === undefined) {
    throw new PlaidFault(
      'INVALID_FIELD',
      'options.min_last_updated_datetime must be given for this institution’s accounts that take ' +
        'no deposits',
    )
  }
  const { at } = bank.look(item)
  if (at < Date.parse(least)) throw new PlaidFault('LAST_UPDATED_DATETIME_OUT_OF_RANGE')
  return { ...account, balances: { ...account.balances, last_updated_datetime: instantText(at) } }
}
