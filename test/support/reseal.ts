// A rotation of the master key as a process of its own, to be killed: says each value that it has
// sealed anew.
import { createPool } from '../../src/postgres/pool.ts'
import { addMasterKey, readMasterKey } from '../../src/server/master-key.ts'
import { reseal } from '../../src/server/reseal.ts'
import { Secret } from '../../src/std/secrets.ts'

const [dataFolder = '', url = ''] = process.argv.slice(2)
const pool = createPool(new Secret(url), { name: 'rotation' })
await addMasterKey({ dataFolder })
await reseal(pool, await readMasterKey({ dataFolder }), (done) => {
  process.stdout.write(`${done}\n`)
})
await pool.end()
