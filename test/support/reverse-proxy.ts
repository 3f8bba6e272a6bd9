// A small reverse proxy that offers the web app below a path, as nginx or Caddy would: it takes its
// own part off the path or leaves it, and says by the usual headers for whom it asks.
import { once } from 'node:events'
import { createServer, request } from 'node:http'

export interface ReverseProxy extends AsyncDisposable {
  /** What it was asked that is not below its path. */
  strayed: string[]
}

interface Offer {
  port: number
  /** `/tartan` */
  path: string
  /** Where the web app listens. */
  target: number
  /** Takes the path off. */
  strips: boolean
}

export async function reverseProxy(offer: Offer): Promise<ReverseProxy> {
  const { port, path, target, strips } = offer
  const strayed: string[] = []
  const server = createServer((asked, answer) => {
    const url = asked.url ?? '/'
    if (!url.startsWith(`${path}/`)) {
      strayed.push(url)
      answer.writeHead(404).end('not below the path')
      return
    }
    const headers = {
      ...asked.headers,
      host: `127.0.0.1:${target}`,
      'x-forwarded-for': asked.socket.remoteAddress ?? '',
      'x-forwarded-host': asked.headers.host ?? '',
      'x-forwarded-proto': 'http',
    }
    const passed = strips ? url.slice(path.length) : url
    const sent = request(
      { host: '127.0.0.1', port: target, path: passed, method: asked.method, headers },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      },
    )
    sent.on('error', () => answer.headersSent || answer.writeHead(502).end())
    answer.on('close', () => sent.destroy())
    asked.pipe(sent)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    strayed,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
