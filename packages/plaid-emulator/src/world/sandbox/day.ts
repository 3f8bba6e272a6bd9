// One day of Plaid's own `user_good`, whose balances stand where Plaid documents them, at every
// moment of every date: whatever moves an account is made good in the same moment, from or to a
// bank that is not linked, and ten dollars of checking and of saving are always pending.
import { type CalendarDay, DAY_MS } from '../calendar.ts'
import { type Course, purchaseCourse, settledCourse } from '../lifecycle.ts'
import { BANK, type Payee, payee } from '../payee.ts'
import { PAYEES, SHOPS } from '../payees.ts'
import type { Book, Persona } from '../persona.ts'
import type { Draws } from '../random.ts'
import {
  accrue,
  basket,
  type Bill,
  bill,
  charge,
  hour,
  isDue,
  payBills,
  type Rate,
  sometime,
} from '../rules.ts'
import { ACCOUNT, SANDBOX_ACCOUNTS } from './accounts.ts'

export const SANDBOX: Persona = {
  name: 'sandbox',
  accounts: SANDBOX_ACCOUNTS,
  live: liveDay,
}

const { checking, saving, deposit, card, moneyMarket, retirement, studentLoan, mortgage } = ACCOUNT

function liveDay(book: Book, date: CalendarDay, draws: Draws): void {
  const steady = steadied(book)
  if (date.day % 14 === 1) steady.settled(checking, PAYEES.salary, -285_000, hour(date, 5))
  payBills(steady, BILLS, date, draws)
  for (const [loan, dayOfMonth] of LOANS) {
    if (isDue(date, dayOfMonth)) charge(steady, [loan], hour(date, 7))
  }
  if (date.dayOfMonth === 16) steady.settled(retirement, PAYEES.dividend, -872, hour(date, 9))
  if (date.dayOfMonth === 28) accrue(steady, RATES, hour(date, 4))
  const first = draws.whole(300, WAITING_CENTS - 300)
  const spent = [first, WAITING_CENTS - first] as const
  wait(
    book,
    checking,
    spent.map((cents) => [draws.pick(SMALL), cents] as const),
    date,
  )
  wait(book, saving, [[ELSEWHERE.to, WAITING_CENTS]], date)
  goShopping(book, date, draws)
}

const ELSEWHERE = {
  from: payee('Transfer from another bank', 'TRANSFER_IN_ACCOUNT_TRANSFER', BANK),
  to: payee('Transfer to another bank', 'TRANSFER_OUT_ACCOUNT_TRANSFER', BANK),
}

/** The same book, but that whatever is settled is made good at once. */
function steadied(book: Book): Book {
  return {
    accounts: book.accounts,
    statements: book.statements,
    balance: (account) => book.balance(account),
    posted: (account, at) => book.posted(account, at),
    purchase: (...bought) => book.purchase(...bought),
    begin: (movement) => book.begin(movement),
    settled: (account, payee, cents, at, details) => {
      const there = (): void => book.settled(account, payee, cents, at, details)
      const back = (): void => book.settled(account, backOf(book, account, cents), -cents, at)
      // money is there before it goes
      for (const side of cents < 0 ? [there, back] : [back, there]) side()
    },
  }
}

function backOf({ accounts }: Book, account: number, cents: number): Payee {
  if (account === card) return PAYEES.cardReceived
  if (accounts[account]?.type === 'loan') return PAYEES.loanReceived
  return cents > 0 ? ELSEWHERE.from : ELSEWHERE.to
}

/** A loan's payment is its month's interest, and what is owed stays. */
const LOANS = [
  [studentLoan, 10],
  [mortgage, 3],
] as const

const BILLS: readonly Bill[] = [
  ...LOANS.map(([loan, dayOfMonth]) => {
    const to = loan === mortgage ? PAYEES.mortgage : PAYEES.studentLoan
    const { paymentCents = 0 } = SANDBOX_ACCOUNTS[loan]?.terms?.loan ?? {}
    return bill(dayOfMonth, checking, to, paymentCents)
  }),
  bill(6, checking, PAYEES.power, 7_400, 21_900),
  bill(9, checking, PAYEES.water, 4_100, 6_800),
  bill(11, checking, PAYEES.internet, 6_999),
  bill(18, checking, PAYEES.insurance, 21_137),
  bill(14, card, PAYEES.phone, 9_450),
  bill(2, card, PAYEES.gym, 7_850),
  bill(8, card, PAYEES.film, 1_799),
  bill(13, card, PAYEES.music, 1_099),
  bill(21, card, PAYEES.storage, 299),
]

/** As the accounts' official names have them. */
const RATES: readonly Rate[] = [
  { account: saving, rate: 10, payee: PAYEES.interest },
  { account: deposit, rate: 20, payee: PAYEES.interest },
  { account: moneyMarket, rate: 185, payee: PAYEES.interest },
]

/** What is available is so much less than what is there. */
const WAITING_CENTS = 1_000
const [first, ...others] = SHOPS.filter(({ lowCents }) => lowCents <= 500)
const SMALL = [first ?? SHOPS[0], ...others] as const

/** Pending from noon to noon, when what posts is made good and the next begins. */
function wait(
  book: Book,
  account: number,
  spent: readonly (readonly [Payee, number])[],
  date: CalendarDay,
): void {
  const noon = hour(date, 12)
  const until = noon + DAY_MS
  const begin = (payee: Payee, cents: number, course: Course): void =>
    book.begin({ account, payee, cents, occurredAt: noon, course })
  begin(ELSEWHERE.from, -WAITING_CENTS, settledCourse(until, -WAITING_CENTS))
  for (const [payee, cents] of spent) {
    const course = { pendingAt: noon, pendingCents: cents, linked: true, editCents: cents }
    begin(payee, cents, { ...course, postAt: until })
  }
}

/** A day's purchases post together two mornings later, and are paid then. */
function goShopping(book: Book, date: CalendarDay, draws: Draws): void {
  const postAt = hour(date, 54)
  let cents = 0
  for (const shop of SHOPS) {
    if (!draws.chance(shop.timesPerWeek / 7)) continue
    const price = basket(shop, draws)
    const occurredAt = sometime(date, draws, 8, 21)
    const course = postedAt(purchaseCourse(draws, shop.habit, price, occurredAt), price, postAt)
    book.begin({ account: card, payee: shop, cents: price, occurredAt, course })
    if (course.postAt !== undefined) cents += price
  }
  if (cents === 0) return
  const course = settledCourse(postAt, -cents)
  const occurredAt = hour(date, 22)
  book.begin({ account: card, payee: PAYEES.cardReceived, cents: -cents, occurredAt, course })
}

/** The same course with another end; the bank changes its text later, and never its amount. */
function postedAt(course: Course, cents: number, postAt: number): Course {
  if (course.postAt === undefined) return course
  const late = postAt - course.postAt
  const { editAt, churnAt } = course
  return {
    ...course,
    postAt,
    editCents: cents,
    ...(editAt === undefined ? {} : { editAt: editAt + late }),
    ...(churnAt === undefined ? {} : { churnAt: churnAt + late }),
  }
}
