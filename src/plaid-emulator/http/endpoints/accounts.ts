// An Item's accounts and what is on them.
import { accountsAnswer, checkLogin } from '../bodies.ts'
import { type Endpoint, itemEndpoint } from '../endpoint.ts'
import { accountIds } from '../fields.ts'

export const accountEndpoints: Endpoint[] = [
  itemEndpoint('/accounts/get', { options: accountIds }, (context, item, body) => {
    checkLogin(item)
    return accountsAnswer(context, item, body.options?.account_ids)
  }),
]
