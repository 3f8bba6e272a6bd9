// What plaid-api answers about a verification, as shapes (see shapes.ts).
import { type Static, Type } from '../std/type.ts'
import { count, textOrNull } from '../std/shape.ts'

const Side = Type.Object(
  {
    count: count(),
    sum: Type.String({ description: 'Of the amounts, exact decimal text.' }),
    checksum: Type.String(),
  },
  { $id: 'Side' },
)
export type Side = Static<typeof Side>

const AccountComparison = Type.Object({ account_id: Type.String(), bank: Side, store: Side })
export type AccountComparison = Static<typeof AccountComparison>

const ids = (description: string) => Type.Array(Type.String(), { description })
const differences = {
  total: count(),
  missing: ids('The bank has them, the store has not; at most 100, as of each kind.'),
  extra: ids('The store has them, the bank has not.'),
  changed: ids('They are not the same.'),
}
const Differences = Type.Object(differences)
export type Differences = Static<typeof Differences>

const StreamComparison = Type.Object(
  {
    stream: Type.String(),
    compared: count('Rows that the bank has.'),
    ...differences,
    left_out: textOrNull('Why it is not compared.'),
  },
  { $id: 'StreamComparison' },
)
export type StreamComparison = Static<typeof StreamComparison>

export const VerifyReport = Type.Object(
  {
    item_id: Type.String(),
    institution_name: textOrNull(),
    status: Type.Enum(['equal', 'different', 'unreadable', 'reading'], {
      description: 'reading: not at the end yet; ask again, and it goes on.',
    }),
    accounts: Type.Array(AccountComparison),
    ...Type.Partial(Differences).properties,
    streams: Type.Optional(
      Type.Array(StreamComparison, { description: 'What it has beside transactions.' }),
    ),
    pages: Type.Optional(count('Read so far, while `reading`.')),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  },
  { $id: 'Verification' },
)
export type VerifyReport = Static<typeof VerifyReport>
