// What is owed: one answer, in which each kind of debt has a list, or null where there is none.
import { liabilitiesCredit } from '../../../catalog/liabilities-credit.ts'
import { liabilitiesMortgage } from '../../../catalog/liabilities-mortgage.ts'
import { liabilitiesStudent } from '../../../catalog/liabilities-student.ts'
import { streamRows } from '../../stream-row.ts'
import { type ProductReader, listOf, recordOf } from './product.ts'

const KINDS = [
  ['credit', liabilitiesCredit],
  ['mortgage', liabilitiesMortgage],
  ['student', liabilitiesStudent],
] as const

export const liabilities: ProductReader = {
  product: 'liabilities',
  isListed: true,
  read: async ({ ask, itemId, misfits }) => {
    const answer = recordOf((await ask('/liabilities/get'))['liabilities'], '“liabilities”')
    return KINDS.map(([kind, stream]) => {
      const isNone = answer[kind] === null || answer[kind] === undefined
      const list = isNone ? [] : listOf(answer, kind)
      return { stream, rows: streamRows(stream, list, misfits, () => ({ item_id: itemId })) }
    })
  },
}
