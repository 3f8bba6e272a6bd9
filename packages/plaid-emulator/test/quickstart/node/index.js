// A stand-in for the server of Plaid's quickstart, which no test can fetch: the same settings from
// the environment, the same client, the same calls behind the same paths.
const { createServer } = require('node:http')
const { Configuration, PlaidApi, PlaidEnvironments } = require('plaid')

const products = process.env.PLAID_PRODUCTS.split(',')
const country_codes = process.env.PLAID_COUNTRY_CODES.split(',')
const headers = {
  'PLAID-CLIENT-ID': process.env.PLAID_CLIENT_ID,
  'PLAID-SECRET': process.env.PLAID_SECRET,
  'Plaid-Version': '2020-09-14',
}
const basePath = PlaidEnvironments[process.env.PLAID_ENV]
const plaid = new PlaidApi(new Configuration({ basePath, baseOptions: { headers } }))
let access_token

const routes = {
  '/api/create_link_token': () =>
    plaid.linkTokenCreate({
      user: { client_user_id: 'user-id' },
      client_name: 'Quickstart',
      products,
      country_codes,
      language: 'en',
    }),
  '/api/set_access_token': async (form) => {
    const public_token = form.get('public_token')
    const answer = await plaid.itemPublicTokenExchange({ public_token })
    access_token = answer.data.access_token
    return answer
  },
  '/api/auth': () => plaid.authGet({ access_token }),
  '/api/accounts': () => plaid.accountsGet({ access_token }),
  '/api/transactions': async () => {
    const latest_transactions = []
    let cursor
    for (let more = true; more;) {
      const { data } = await plaid.transactionsSync({ access_token, cursor })
      latest_transactions.push(...data.added)
      cursor = data.next_cursor
      more = data.has_more
    }
    return { data: { latest_transactions: latest_transactions.slice(-8) } }
  },
  '/api/item': async () => {
    const { item } = (await plaid.itemGet({ access_token })).data
    const { institution_id } = item
    const { data } = await plaid.institutionsGetById({ institution_id, country_codes })
    return { data: { item, institution: data.institution } }
  },
  '/api/signal_evaluate': async () => {
    const { accounts } = (await plaid.accountsGet({ access_token })).data
    const { account_id } = accounts[0]
    const client_transaction_id = 'txn1234'
    return plaid.signalEvaluate({ access_token, account_id, client_transaction_id, amount: 100 })
  },
}

createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  try {
    const { data } = await routes[request.url](new URLSearchParams(body))
    response.end(JSON.stringify(data))
  } catch (error) {
    response.end(JSON.stringify({ error: error.response?.data ?? String(error) }))
  }
}).listen(process.env.APP_PORT ?? 8000, '127.0.0.1')
