// A bank of a stated size, which the emulator makes as it is asked for it.
import type { System } from '../test/support/system.ts'

/** Links it; whose it is may be told, since one owner has the same bank once. Returns its Item. */
export async function linkScale(system: System, rows: number, owner?: string): Promise<string> {
  const { item_id: itemId } = await system.post<{ item_id: string }>('/items/sandbox', {
    institution_id: 'ins_109508',
    username: `user_scale_${rows}`,
    ...(owner === undefined ? {} : { client_user_id: owner }),
  })
  return itemId
}

/** Reads all that is new of it. */
export async function pullScale(system: System, itemId: string): Promise<void> {
  const report = await system.plaidApi.pull('incremental', itemId)
  if (report.status !== 'succeeded') throw new Error(JSON.stringify(report))
}
