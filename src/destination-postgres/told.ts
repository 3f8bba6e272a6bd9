// What the log says of records and values that could not be taken: how many and why, never what was
// in them.
import type { NulledValues } from '../protocol/message.ts'
import type { Table } from './table.ts'

/** Of records without a usable key. */
export function rejectedSaid({ key, schema, name, stream }: Table, count: number): string[] {
  if (count === 0) return []
  const fields = key.map(({ field }) => field).join(', ')
  const records = count === 1 ? '1 record' : `${count} records`
  return [
    `${records} of the stream ${stream.name} had no usable primary key (${fields}) and ` +
      `could not be taken into ${schema}.${name}`,
  ]
}

/** Fields of a stream whose lost values are told of in the log (L9). */
const toldFieldsMax = 50

/** By field and reason. */
export function nulledSaid({ stream }: Table, lost: readonly NulledValues[]): string[] {
  const said = lost.slice(0, toldFieldsMax).map(({ field, reason, count }) => {
    const values = count === 1 ? '1 value' : `${count} values`
    return `${values} of the field ${field} of the stream ${stream.name} became null: ${reason}`
  })
  if (lost.length <= toldFieldsMax) return said
  return [...said, `so did values of ${lost.length - toldFieldsMax} more of its fields`]
}
