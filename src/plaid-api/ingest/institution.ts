// The banks themselves, asked of Plaid once a month, and only those where an Item is linked, so
// that nobody fills the table: name, colour and logo for people, and a row of the feed.
import { institutions } from '../../catalog/institutions.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import type { Pool } from '../../postgres/pool.ts'
import { tx } from '../../postgres/query.ts'
import { isRecord, Misfits } from '../door.ts'
import { findInstitution, upsertInstitution } from '../store/institution.ts'
import { publishRows } from '../store/stream-row.ts'
import { streamRow } from '../stream-row.ts'

export interface InstitutionContext {
  pool: Pool
  plaid: PlaidClient
  /** Whose banks are asked for. */
  countryCodes: string[]
}

export const institutionDaysMax = 30
const logoBytesMax = 256 * 1024
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const COLOUR = /^#[0-9a-f]{6}$/i

/** Where what is known is older than a month. */
export async function refreshInstitution(context: InstitutionContext, id: string): Promise<void> {
  const known = await findInstitution(context.pool, id, institutionDaysMax)
  if (known && !known.fresh) await readInstitution(context, id)
}

export async function readInstitution(context: InstitutionContext, id: string): Promise<void> {
  const { countryCodes } = context
  const { institution } = await context.plaid.institutionsGetById(id, countryCodes, 'looks')
  const { name, primary_color: colour, url, logo } = institution
  const looks = {
    primary_color: COLOUR.test(colour ?? '') ? (colour?.toLowerCase() ?? null) : null,
    url: /^https?:\/\//i.test(url ?? '') ? (url ?? null) : null,
  }
  const own = { institution_id: id, ...looks }
  const told = isRecord(institution) ? institution : {}
  const row = streamRow(institutions, told, new Misfits(), own, ['logo'])
  await tx(context.pool, async (db) => {
    await upsertInstitution(db, { institution_id: id, name, ...looks, logo: pictureOf(logo) })
    if (row) await publishRows(db, institutions.name, [row])
  })
}

/** What is no picture, or a very large one, is none. */
function pictureOf(base64: string | null | undefined): Buffer | null {
  if (base64 === null || base64 === undefined) return null
  const bytes = Buffer.from(base64, 'base64')
  const isPng = bytes.subarray(0, PNG.length).equals(PNG)
  return isPng && bytes.length <= logoBytesMax ? bytes : null
}
