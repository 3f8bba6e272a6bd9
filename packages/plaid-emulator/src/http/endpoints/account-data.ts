// What a bank knows of accounts beyond their rows: who owns them, by which numbers money reaches
// them, what is owed on them.
import type { AccountBase } from 'plaid'
import { type Debt, liabilitiesOf } from '../../products/liabilities.ts'
import { ownersOf } from '../../products/identity.ts'
import { numbersOf } from '../../products/numbers.ts'
import { isAuth, isLiability } from '../../products/product.ts'
import { centsOf } from '../../world/money.ts'
import { accountsAnswer, requireProduct } from '../bodies.ts'
import { type Endpoint, itemEndpoint } from '../endpoint.ts'
import { accountIds } from '../fields.ts'

export const accountDataEndpoints: Endpoint[] = [
  itemEndpoint('/identity/get', { options: accountIds }, async (context, item, body) => {
    await requireProduct(context, item, 'identity')
    const answer = accountsAnswer(context, item, body.options?.account_ids)
    const { customer, accounts } = context.bank.look(item)
    const known = new Map(accounts.map((account) => [account.accountId, account.known]))
    return {
      ...answer,
      accounts: answer.accounts.map((account) => {
        const world = known.get(account.account_id)
        return { ...account, owners: world === undefined ? [] : ownersOf(customer, world) }
      }),
    }
  }),
  itemEndpoint('/auth/get', { options: accountIds }, async (context, item, body) => {
    await requireProduct(context, item, 'auth')
    const answer = accountsAnswer(context, item, body.options?.account_ids)
    const accounts = answer.accounts.filter(isAuth)
    const ids = new Set(accounts.map(({ account_id }) => account_id))
    const look = context.bank.look(item)
    const numbered = look.accounts.filter(({ accountId }) => ids.has(accountId))
    return { ...answer, accounts, numbers: numbersOf(look.customer, numbered) }
  }),
  itemEndpoint('/liabilities/get', { options: accountIds }, async (context, item, body) => {
    await requireProduct(context, item, 'liabilities')
    const answer = accountsAnswer(context, item, body.options?.account_ids)
    const ids = new Set(answer.accounts.filter(isLiability).map(({ account_id }) => account_id))
    const { customer, accounts, at } = context.bank.look(item)
    const debts = accounts
      .filter(({ accountId }) => ids.has(accountId))
      .map((account): Debt => ({ ...account, owedCents: owedCents(account.base) }))
    return { ...answer, liabilities: liabilitiesOf(customer, debts, at) }
  }),
]

function owedCents({ balances }: AccountBase): number {
  return centsOf(balances.current ?? 0)
}
