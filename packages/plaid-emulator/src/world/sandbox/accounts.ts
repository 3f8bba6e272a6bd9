// The accounts of Plaid's own `user_good`, as its documentation and its API's examples have them:
// names, masks, balances, numbers, contracts, securities, and the person whose they are.
import { account, type WorldAccount } from '../account.ts'
import { SHARE } from '../market.ts'
import { LISTED } from './listings.ts'

/** The places in the list below. */
export const ACCOUNT = {
  checking: 0,
  saving: 1,
  deposit: 2,
  card: 3,
  moneyMarket: 4,
  ira: 5,
  retirement: 6,
  studentLoan: 7,
  mortgage: 8,
} as const

const identity = {
  names: ['Alberta Bobbeth Charleson'],
  phone_numbers: [
    { data: '2025550123', primary: false, type: 'home' },
    { data: '1112224444', primary: false, type: 'work' },
    { data: '1112225555', primary: false, type: 'mobile' },
  ],
  emails: [
    { data: 'accountholder0@example.com', primary: true, type: 'primary' },
    { data: 'accountholder1@example.com', primary: false, type: 'secondary' },
    {
      data: 'extraordinarily.long.email.username.123456@reallylonghostname.com',
      primary: false,
      type: 'other',
    },
  ],
  addresses: [
    {
      data: {
        city: 'Malakoff',
        country: 'US',
        postal_code: '14236',
        region: 'NY',
        street: '2992 Cameron Road',
      },
      primary: true,
    },
    {
      data: {
        city: 'San Matias',
        country: 'US',
        postal_code: '93405-2255',
        region: 'CA',
        street: '2493 Leisure Lane',
      },
      primary: false,
    },
  ],
}

function hers(
  kind: Parameters<typeof account>[0],
  named: Parameters<typeof account>[1],
  openingCents: number,
  more: Partial<WorldAccount> = {},
): WorldAccount {
  return account(kind, named, openingCents, { custom: { type: kind[0], identity }, ...more })
}

const byNumber = (number: string) => ({
  account: number,
  ach_routing: '011401533',
  ach_wire_routing: '021000021',
})

export const SANDBOX_ACCOUNTS: readonly WorldAccount[] = [
  hers(
    ['depository', 'checking'],
    ['Plaid Checking', 'Plaid Gold Standard 0% Interest Checking', '0000'],
    11_000,
    { numbers: byNumber('1111222233330000') },
  ),
  hers(
    ['depository', 'savings'],
    ['Plaid Saving', 'Plaid Silver Standard 0.1% Interest Saving', '1111'],
    21_000,
    { numbers: byNumber('1111222233331111') },
  ),
  hers(
    ['depository', 'cd'],
    ['Plaid CD', 'Plaid Bronze Standard 0.2% Interest CD', '2222'],
    100_000,
    { availableCents: null },
  ),
  hers(
    ['credit', 'credit card'],
    ['Plaid Credit Card', 'Plaid Diamond 12.5% APR Interest Credit Card', '3333'],
    41_000,
    {
      limitCents: 200_000,
      availableCents: null,
      terms: { rate: 1_250, closes: 27, due: 22 },
      custom: {
        type: 'credit',
        identity,
        liability: {
          type: 'credit',
          purchase_apr: 12.5,
          cash_apr: 27.95,
          balance_transfer_apr: 15.24,
          special_apr: 0,
        },
      },
    },
  ),
  hers(
    ['depository', 'money market'],
    ['Plaid Money Market', 'Plaid Platinum Standard 1.85% Interest Money Market', '4444'],
    4_320_000,
  ),
  hers(['investment', 'ira'], ['Plaid IRA', null, '5555'], 32_076, {
    availableCents: null,
    holdings: [[LISTED.pacific, 11 * SHARE]],
  }),
  hers(['investment', '401k'], ['Plaid 401k', null, '6666'], 2_363_198, {
    availableCents: null,
    // with 12345.67 dollars of cash
    holdings: [
      [LISTED.southside, 2_664_371],
      [LISTED.achillion, SHARE],
      [LISTED.bonds, 2 * SHARE],
      [LISTED.pacific, 235_670],
      [LISTED.index, 1_000_500],
    ],
  }),
  hers(['loan', 'student'], ['Plaid Student Loan', null, '7777'], 6_526_200, {
    numbers: byNumber('4277075694'),
    terms: { rate: 525, closes: 20, due: 15, loan: { paymentCents: 28_552, months: 360 } },
    custom: {
      type: 'loan',
      identity,
      liability: {
        type: 'student',
        loan_name: 'Consolidation',
        // what is paid is the interest
        repayment_plan_description: 'Interest Only',
        repayment_plan_type: 'interest only',
      },
    },
  }),
  hers(['loan', 'mortgage'], ['Plaid Mortgage', null, '8888'], 5_630_206, {
    numbers: byNumber('3120194154'),
    terms: { rate: 399, closes: 13, due: 8, loan: { paymentCents: 18_720, months: 360 } },
  }),
]
