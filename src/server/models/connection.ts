// How dbt reaches the warehouse, as its profile asks for it. The password goes by the environment,
// under the prefix that dbt keeps out of its logs; what libpq wants as files lies in a folder of
// the run's own, for as long as the run (L5).
import { createPrivateKey } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addressOf } from '../../postgres/address.ts'
import type { Tls } from '../../postgres/tls.ts'
import { ConfigError, messageOf } from '../../std/errors.ts'
import { Secret } from '../../std/secrets.ts'

export async function dbtConnection(
  url: Secret,
  schema: string,
  privateFolder: string,
): Promise<Record<string, string>> {
  const { host, port, database, user, password, tls, options, connectMs } = addressOf(url)
  return {
    TARTAN_DBT_HOST: host,
    TARTAN_DBT_PORT: String(port),
    TARTAN_DBT_DATABASE: database,
    TARTAN_DBT_USER: user,
    DBT_ENV_SECRET_TARTAN_PASSWORD: password?.reveal() ?? '',
    TARTAN_DBT_SCHEMA: schema,
    TARTAN_DBT_SSLMODE: tls.mode,
    ...(connectMs === undefined ? {} : { TARTAN_DBT_CONNECT_SECONDS: String(connectMs / 1_000) }),
    ...(options === undefined ? {} : { PGOPTIONS: options }),
    ...(await tlsFiles(tls, privateFolder)),
  }
}

async function tlsFiles(tls: Tls, folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const keep = async (variable: string, name: string, text: string) => {
    files[variable] = join(folder, name)
    await writeFile(join(folder, name), text, { mode: 0o600 })
  }
  if (tls.ca !== undefined) await keep('TARTAN_DBT_SSLROOTCERT', 'ca.pem', tls.ca)
  // As Node.js does for the other parts: without a CA, those of this machine.
  else if (tls.mode === 'verify-full') files['TARTAN_DBT_SSLROOTCERT'] = 'system'
  if (tls.certificate !== undefined) {
    await keep('TARTAN_DBT_SSLCERT', 'certificate.pem', tls.certificate)
  }
  if (tls.key) await keep('TARTAN_DBT_SSLKEY', 'key.pem', opened(tls.key, tls.passphrase).reveal())
  return files
}

/** dbt has no word for a key's passphrase. */
function opened(key: Secret, passphrase: Secret | undefined): Secret {
  if (!passphrase) return key
  try {
    const open = createPrivateKey({ key: key.reveal(), passphrase: passphrase.reveal() })
    return new Secret(open.export({ type: 'pkcs8', format: 'pem' }).toString())
  } catch (cause) {
    throw new ConfigError('SSL_KEY_INVALID', `sslkey cannot be opened: ${messageOf(cause)}`)
  }
}
