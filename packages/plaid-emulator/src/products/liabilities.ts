// Debts as the bank tells them: statements, payments and interest are read from the account's own
// movements, what the contract says from its terms. A custom user's JSON counts where it says more.
import type {
  APR,
  CreditCardLiability,
  LiabilitiesObject,
  LineOfCreditLiability,
  LoanLiability,
  MortgageLiability,
  StudentLoan,
} from 'plaid'
import type { WorldAccount } from '../world/account.ts'
import { dateText, dayOf, newYear } from '../world/calendar.ts'
import type { Draft } from '../world/lifecycle.ts'
import { amountOf } from '../world/money.ts'
import { type Contract, contractOf } from './contract.ts'
import { addressOf, householdOf, type Customer } from './identity.ts'
import { accountNumber, type Numbered } from './numbers.ts'
import { type Movement, movementsAt, type Statement, statementAt } from './statement.ts'

export interface Debt extends Numbered {
  /** What is owed now. */
  owedCents: number
  /** All that ever happened to it. */
  drafts: readonly Draft[]
}

/** Null for a kind that no account is of, as Plaid has it. */
export function liabilitiesOf(
  customer: Customer,
  debts: readonly Debt[],
  at: number,
): Required<LiabilitiesObject> {
  const some = <T>(kind: Kind, tell: (told: Told) => T): T[] | null => {
    const told = debts.filter((debt) => kindOf(debt.known) === kind)
    return told.length === 0 ? null : told.map((debt) => tell(read(customer, debt, at)))
  }
  return {
    credit: some('credit', credit),
    mortgage: some('mortgage', mortgage),
    student: some('student', student),
    loan: some('loan', loan),
    line_of_credit: some('line_of_credit', lineOfCredit),
  }
}

type Kind = keyof LiabilitiesObject

const LINES = new Set(['line of credit', 'commercial line of credit', 'home equity', 'overdraft'])

function kindOf({ type, subtype }: WorldAccount): Kind {
  if (type === 'credit') return 'credit'
  if (subtype === 'mortgage' || subtype === 'student') return subtype
  return LINES.has(subtype) ? 'line_of_credit' : 'loan'
}

/** A debt with everything that its kinds tell of it. */
interface Told {
  customer: Customer
  debt: Debt
  contract: Contract
  movements: Movement[]
  statement: Statement
  at: number
}

function read(customer: Customer, debt: Debt, at: number): Told {
  const { drafts, known } = debt
  const movements = movementsAt(drafts, at)
  const contract = contractOf(known, movements)
  const kind = kindOf(known)
  // a line of credit takes its minimum by itself: the interest is added to it
  const isPaid =
    kind !== 'line_of_credit' &&
    (known.terms !== undefined || movements.some((movement) => movement.kind === 'payment'))
  const paymentCents =
    kind === 'credit' || kind === 'line_of_credit' ? null : contract.loan.paymentCents
  const { terms } = contract
  const statement = statementAt(
    { drafts, openingCents: known.openingCents, terms, paymentCents, isPaid },
    at,
  )
  return { customer, debt, contract, movements, statement, at }
}

function credit({ debt, contract, statement }: Told): CreditCardLiability {
  const given = debt.known.custom?.liability
  return {
    account_id: debt.accountId,
    aprs: aprsOf(debt, contract, statement),
    is_overdue: given?.is_overdue ?? statement.pastDueCents > 0,
    last_payment_amount: given?.last_payment_amount ?? money(paidCents(statement)),
    last_payment_date: dateOrNull(statement.payment?.day),
    last_statement_balance: money(statement.balanceCents),
    last_statement_issue_date: dateText(statement.day),
    minimum_payment_amount: given?.minimum_payment_amount ?? money(statement.minimumCents),
    next_payment_due_date: dateText(statement.nextDueDay),
  }
}

/** More for cash than for purchases, in hundredths of a percent. */
const CASH_RATE_MORE = 500

function aprsOf({ known }: Debt, { terms }: Contract, statement: Statement): APR[] {
  const given = known.custom?.liability
  const carried = { balance_subject_to_apr: money(statement.carriedCents) }
  const charged = { ...carried, interest_charge_amount: money(statement.interestCents) }
  const apr = (type: string, percentage: number, subject: object) =>
    ({ apr_type: type, apr_percentage: percentage, ...subject }) as APR
  const aprs = [
    apr('purchase_apr', given?.purchase_apr ?? terms.rate / 100, charged),
    apr('cash_apr', given?.cash_apr ?? (terms.rate + CASH_RATE_MORE) / 100, NOTHING_SUBJECT),
  ]
  if (given?.balance_transfer_apr !== undefined) {
    aprs.push(apr('balance_transfer_apr', given.balance_transfer_apr, NOTHING_SUBJECT))
  }
  if (given?.special_apr !== undefined) {
    aprs.push(apr('special', given.special_apr, NOTHING_SUBJECT))
  }
  return aprs
}

const NOTHING_SUBJECT = { balance_subject_to_apr: 0, interest_charge_amount: 0 }

function mortgage(told: Told): MortgageLiability {
  const { customer, debt, contract, statement } = told
  const { months, originDay, principalCents, endDay } = contract.loan
  const [home] = debt.known.custom?.identity?.addresses ?? []
  return {
    account_id: debt.accountId,
    account_number: accountNumber(customer, debt),
    current_late_fee: 0,
    escrow_balance: 0,
    has_pmi: false,
    has_prepayment_penalty: false,
    interest_rate: { percentage: contract.terms.rate / 100, type: 'fixed' },
    last_payment_amount: money(paidCents(statement)),
    last_payment_date: dateOrNull(statement.payment?.day),
    loan_term: `${Math.round(months / 12)} year`,
    loan_type_description: 'conventional',
    maturity_date: dateText(endDay),
    next_monthly_payment: money(nextPayment(contract, debt)),
    next_payment_due_date: dueDate(debt, statement),
    origination_date: dateText(originDay),
    origination_principal_amount: money(principalCents),
    past_due_amount: money(statement.pastDueCents),
    property_address: home === undefined ? householdOf(customer).property : addressOf(home).data,
    ...yearToDate(told),
  }
}

function student(told: Told): StudentLoan {
  const { customer, debt, contract, statement } = told
  const given = debt.known.custom?.liability
  const { months, originDay, principalCents, endDay } = contract.loan
  const number = accountNumber(customer, debt)
  const originDate = given?.origination_date ?? dateText(originDay)
  const payoff = given?.expected_payoff_date ?? dateText(endDay)
  const standard = months <= STANDARD_MONTHS
  const body = {
    account_id: debt.accountId,
    account_number: number,
    disbursement_dates: [originDate],
    expected_payoff_date: payoff,
    guarantor: given?.guarantor ?? 'DEPT OF ED',
    interest_rate_percentage: contract.terms.rate / 100,
    is_overdue: given?.is_overdue ?? statement.pastDueCents > 0,
    last_payment_amount: given?.last_payment_amount ?? money(paidCents(statement)),
    last_payment_date: dateOrNull(statement.payment?.day),
    last_statement_balance: money(statement.balanceCents),
    last_statement_issue_date: dateText(statement.day),
    loan_name: given?.loan_name ?? debt.known.officialName ?? debt.known.name,
    loan_status: {
      end_date: given?.loan_status?.end_date ?? payoff,
      type: given?.loan_status?.type ?? (debt.owedCents > 0 ? 'repayment' : 'paid in full'),
    },
    minimum_payment_amount: given?.minimum_payment_amount ?? money(nextPayment(contract, debt)),
    next_payment_due_date: dueDate(debt, statement),
    origination_date: originDate,
    origination_principal_amount: given?.principal ?? money(principalCents),
    outstanding_interest_amount: money(accruedCents(told)),
    payment_reference_number: given?.payment_reference_number ?? number,
    pslf_status: { ...NO_PSLF, ...given?.pslf_status },
    repayment_plan: {
      description:
        given?.repayment_plan_description ??
        (standard ? 'Standard Repayment' : 'Extended Repayment'),
      type: given?.repayment_plan_type ?? (standard ? 'standard' : 'extended standard'),
    },
    sequence_number: given?.sequence_number ?? '1',
    servicer_address:
      given?.servicer_address === undefined
        ? SERVICER_ADDRESS
        : addressOf(given.servicer_address).data,
    ...yearToDate(told),
  }
  return body as StudentLoan
}

/** Ten years, as federal loans have. */
const STANDARD_MONTHS = 120
const NO_PSLF = { estimated_eligibility_date: null, payments_made: null, payments_remaining: null }
const SERVICER_ADDRESS = {
  city: 'San Matias',
  country: 'US',
  postal_code: '99415',
  region: 'CA',
  street: '123 Relaxation Road',
}

function loan(told: Told): LoanLiability {
  const { customer, debt, contract, statement } = told
  const { months, originDay, principalCents, endDay } = contract.loan
  const { ytd_interest_paid } = yearToDate(told)
  const body = {
    account_id: debt.accountId,
    account_number: accountNumber(customer, debt),
    compounding_period: 'monthly',
    interest_rate: { percentage: contract.terms.rate / 100, type: 'fixed' },
    last_payment_amount: money(paidCents(statement)),
    last_payment_date: dateOrNull(statement.payment?.day),
    loan_term_months: months,
    maturity_date: dateText(endDay),
    next_payment_amount: money(nextPayment(contract, debt)),
    next_payment_due_date: dueDate(debt, statement),
    origination_date: dateText(originDay),
    origination_principal_amount: money(principalCents),
    payment_count: months,
    payment_frequency: 'monthly',
    payoff_amount: money(debt.owedCents + accruedCents(told)),
    principal_balance: money(debt.owedCents),
    ytd_interest_paid,
  }
  return body as unknown as LoanLiability
}

function lineOfCredit({ debt, contract, statement }: Told): LineOfCreditLiability {
  const limit = debt.known.limitCents
  const body = {
    account_id: debt.accountId,
    aprs: aprsOf(debt, contract, statement),
    available_credit: limit === null ? null : money(limit - debt.owedCents),
    credit_limit: limit === null ? null : money(limit),
    draw_period_end_date: null,
    finance_charges: money(statement.interestCents),
    interest_rate: { percentage: contract.terms.rate / 100, type: 'variable' },
    last_payment_amount: money(paidCents(statement)),
    last_payment_date: dateOrNull(statement.payment?.day),
    last_statement_balance: money(statement.balanceCents),
    last_statement_issue_date: dateText(statement.day),
    minimum_payment_amount: money(statement.minimumCents),
    next_payment_amount: money(statement.minimumCents),
    next_payment_due_date: dueDate(debt, statement),
    past_due_amount: money(statement.pastDueCents),
    principal_balance: money(debt.owedCents),
  }
  return body as unknown as LineOfCreditLiability
}

/** No payment is expected where nothing is owed. */
function dueDate({ owedCents }: Debt, { nextDueDay }: Statement): string | null {
  return owedCents > 0 ? dateText(nextDueDay) : null
}

function nextPayment({ loan }: Contract, { owedCents }: Debt): number {
  return Math.min(loan.paymentCents, owedCents)
}

/** What of this year's payments was for interest, and what was not. */
function yearToDate({ movements, at }: Told) {
  const first = newYear(dayOf(at))
  let [interest, paid] = [0, 0]
  for (const { kind, cents, day } of movements) {
    if (day < first) continue
    if (kind === 'interest') interest += cents
    if (kind === 'payment') paid -= cents
  }
  return {
    ytd_interest_paid: money(Math.min(interest, paid)),
    ytd_principal_paid: money(Math.max(0, paid - interest)),
  }
}

/** Interest that has grown since it was charged last. */
function accruedCents({ debt, contract, movements, statement, at }: Told): number {
  const since = movements.findLast(({ kind }) => kind === 'interest')?.day ?? statement.day
  const days = dayOf(at) - since
  return Math.round((Math.max(0, debt.owedCents) * contract.terms.rate * days) / YEARLY)
}

/** Hundredths of a percent a year, as a part of a day. */
const YEARLY = 365 * 10_000

function money(cents: number): number
function money(cents: number | undefined): number | null
function money(cents: number | undefined): number | null {
  return cents === undefined ? null : amountOf(cents)
}

function paidCents({ payment }: Statement): number | undefined {
  return payment === undefined ? undefined : -payment.cents
}

function dateOrNull(day: number | undefined): string | null {
  return day === undefined ? null : dateText(day)
}
