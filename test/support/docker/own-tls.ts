// The containers with TLS of their own: by the file that docs/tls.md has, word for word, but for
// the folder of the certificate.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { must } from '../../../src/std/errors.ts'
import { authority, certificateOf } from '../certificate.ts'

const documentation = resolve(import.meta.dirname, '../../../docs/tls.md')

export interface OwnTls extends AsyncDisposable {
  /** What Compose is told. */
  env: Record<string, string>
  /** The file of its CA. */
  ca: string
}

export async function ownTls(): Promise<OwnTls> {
  const folder = await mkdtemp(join(tmpdir(), 'tartan-tls-'))
  const ca = authority('a company')
  const { certificate, key } = certificateOf(['localhost', 'plaid-api', 'airbyte-server'], ca)
  const yaml = /^```yaml\n(# docker-compose\.override\.yml[^]*?)^```/m.exec(
    await readFile(documentation, 'utf8'),
  )
  const override = must(yaml?.[1], 'docs/tls.md has the file').replaceAll('/etc/ssl/tartan', folder)
  const files = {
    'tls.crt': certificate,
    'tls.key': key,
    'ca.crt': ca.certificate,
    'override.yml': override,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await chmod(folder, 0o755) // the containers' user is another one
  return {
    ca: join(folder, 'ca.crt'),
    env: {
      COMPOSE_FILE: `docker-compose.yml:${join(folder, 'override.yml')}`,
      TARTAN_TLS_CERTIFICATE_FILE: '/run/tls/tls.crt',
      TARTAN_TLS_KEY_FILE: '/run/tls/tls.key',
      TARTAN_TLS_CA_FILE: '/run/tls/ca.crt',
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
