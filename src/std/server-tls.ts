// TLS of a server of ours, by a certificate's file and its key's: renewed ones are taken without a
// restart, for the connections that begin from then on; those that are open go on.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { RequestListener } from 'node:http'
import { createSecureContext } from 'node:tls'
import { ConfigError, messageOf } from './errors.ts'
import { followFiles } from './followed-files.ts'
import type { Logger } from './log.ts'

export interface TlsFiles {
  /** PEM, with the intermediate ones after it. */
  certificate: string
  key: string
}

export interface ServerTls {
  createServer(options: ServerOptions, handler: RequestListener): Server
}

interface Pair {
  cert: string
  key: string
}

export async function serverTls(
  { certificate, key }: TlsFiles,
  log: Pick<Logger, 'info' | 'error'>,
  everyMs?: number,
): Promise<ServerTls> {
  const servers = new Set<Server>()
  let pair: Pair | undefined
  const followed = await followFiles(
    [certificate, key],
    ([cert = '', text = '']) => {
      const taken = usable({ cert, key: text })
      for (const server of servers) server.setSecureContext({ ...taken, minVersion })
      pair = taken
    },
    log,
    everyMs,
  )
  return {
    createServer: (options, handler) => {
      const server = createServer({ ...options, ...pair, minVersion }, handler)
      servers.add(server)
      server.on('close', () => {
        servers.delete(server)
        if (servers.size === 0) followed.stop()
      })
      return server
    },
  }
}

const minVersion = 'TLSv1.2'

/** A pair that TLS can be spoken with; until when it is valid is for its callers to judge. */
export function usable(pair: Pair): Pair {
  try {
    // An empty text would be a context without either, and no error.
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) {
      createSecureContext(pair)
      return pair
    }
  } catch (cause) {
    const sentence = `the certificate and the key are no pair in PEM: ${messageOf(cause)}`
    throw new ConfigError('TLS_FILES_INVALID', sentence, { cause })
  }
  const sentence = 'the certificate and the key are no pair: the key is not the first certificate’s'
  throw new ConfigError('TLS_FILES_INVALID', sentence)
}
