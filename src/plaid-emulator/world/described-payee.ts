// A payee of whom only the bank's words are known: rows that a test or a developer invents.
import { BANK, payee, type Payee } from './payee.ts'
import { PAYEES, SHOPS } from './payees.ts'

/** The payee of that name, or one that is made of the words. */
export function describedPayee(description: string, cents: number): Payee {
  const known = [...SHOPS, ...Object.values(PAYEES)].find(
    ({ name }) => name.toLowerCase() === description.toLowerCase(),
  )
  if (known !== undefined) return known
  const category =
    cents < 0 ? 'INCOME_OTHER_INCOME' : 'GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE'
  return payee(description, category, { ...BANK, statementText: description })
}
