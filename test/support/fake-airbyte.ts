// An Airbyte as its public API documents itself and its source says: for the set-up of one
// elsewhere. What is modelled is what a set-up can meet: who may do what, what is refused and with
// which words, what is told otherwise than it was given.
import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'

// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any

export interface FakeOptions {
  kind?: 'self-managed' | 'cloud'
  /** Before 1.6 there were no definitions in the public API. */
  hasDefinitions?: boolean
  role?: 'editor' | 'reader'
  workspaces?: string[]
  /** Majors of manifests that it runs. */
  manifests?: string[]
  /** How many requests are told to come later. */
  limited?: number
  /** What a check of a source says. */
  check?: { status: string; message?: string }
}

const SECRETS = /^(api_key|password|client_key)$/
const MASK = '**********'
export const fakeClient = { id: 'fake-client', secret: 'canary-of-the-fake-client' }
export const postgresId = '25c5221d-dce2-4163-ade9-739ef790f503'
const STREAM_FIELDS = ['name', 'syncMode', 'cursorField', 'primaryKey', 'selectedFields', 'mappers']
const CONNECTION_FIELDS = [
  'name',
  'sourceId',
  'destinationId',
  'configurations',
  'schedule',
  'namespaceDefinition',
  'namespaceFormat',
  'prefix',
  'nonBreakingSchemaUpdatesBehavior',
  'status',
]

class Refusal {
  readonly status: number
  readonly message: string
  constructor(status: number, message: string) {
    this.status = status
    this.message = message
  }
}

export class FakeAirbyte implements AsyncDisposable {
  readonly sources: Loose[] = []
  readonly destinations: Loose[] = []
  readonly connections: Loose[] = []
  readonly manifests: Loose[] = []
  readonly images: Loose[] = []
  /** What changed anything, as `POST /sources`. */
  readonly changes: string[] = []
  readonly #options: Required<FakeOptions>
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, type, text }) =>
      response.writeHead(status, { 'content-type': type }).end(text),
    )
  })
  #made = 0

  private constructor(options: FakeOptions) {
    this.#options = {
      kind: 'self-managed',
      hasDefinitions: true,
      role: 'editor',
      workspaces: ['Default'],
      manifests: ['6', '7'],
      limited: 0,
      check: { status: 'succeeded' },
      ...options,
    }
  }

  static async start(options: FakeOptions = {}): Promise<FakeAirbyte> {
    const fake = new FakeAirbyte(options)
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; type: string; text: string }> {
    const { method = 'GET', url = '/' } = request
    const body: Loose = method === 'GET' || method === 'DELETE' ? {} : await json(request)
    try {
      const answer = this.#route(method, new URL(url, this.url), body, request)
      if (typeof answer === 'string') return { status: 200, type: 'text/plain', text: answer }
      if (answer === undefined) return { status: 204, type: 'text/plain', text: '' }
      return { status: 200, type: 'application/json', text: JSON.stringify(answer) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { status, message } = error
      const problem = { status, title: 'problem', detail: 'The request has a problem.' }
      const text = JSON.stringify({ ...problem, data: { message } })
      return { status, type: 'application/problem+json', text }
    }
  }

  #route(method: string, { pathname, searchParams }: URL, body: Loose, request: IncomingMessage) {
    const { kind } = this.#options
    if (kind === 'self-managed' && pathname === '/api/v1/instance_configuration') {
      return { edition: 'community', version: '2.3.0', auth: { mode: 'oidc' } }
    }
    const base = kind === 'cloud' ? '/v1' : '/api/public/v1'
    if (pathname === `${base}/health`) return 'Successful operation'
    if (pathname === `${base}/applications/token`) return this.#token(body)
    if (request.headers.authorization !== 'Bearer token') throw new Refusal(401, 'no token')
    if (this.#options.limited-- > 0) throw new Refusal(429, 'You are being rate limited.')
    if (/^\/api\/v1\/(sources|destinations)\/check_connection$/.test(pathname)) {
      return this.#options.check
    }
    if (!pathname.startsWith(base)) throw new Refusal(404, 'no such page')
    const path = pathname.slice(base.length)
    if (method !== 'GET') this.changes.push(`${method} ${path.replace(/[0-9a-f-]{36}/g, 'ID')}`)
    const parts = path.slice(1).split('/')
    if (path === '/workspaces') return page(this.#workspaces(), searchParams)
    if (parts[0] === 'workspaces' && parts[2] === 'definitions') {
      return this.#definitions(method, parts[3] ?? '', parts[4], body)
    }
    if (parts[0] === 'sources' || parts[0] === 'destinations') {
      return this.#actors(method, parts[0], parts[1], body, searchParams)
    }
    if (parts[0] === 'connections') return this.#connection(method, parts[1], body, searchParams)
    throw new Refusal(404, 'no such page')
  }

  #token({ client_id: id, client_secret: secret }: Loose) {
    if (id !== fakeClient.id || secret !== fakeClient.secret) throw new Refusal(401, 'not known')
    const expires_in = this.#options.kind === 'cloud' ? 180 : 900
    return { access_token: 'token', token_type: 'Bearer', expires_in }
  }

  #workspaces(): Loose[] {
    return this.#options.workspaces.map((name, at) => ({
      workspaceId: `00000000-0000-4000-8000-00000000000${at}`,
      name,
      dataResidency: 'auto',
      notifications: {},
    }))
  }

  #definitions(method: string, of: string, id: string | undefined, body: Loose): Loose {
    if (!this.#options.hasDefinitions) throw new Refusal(404, 'no such page')
    if (method === 'GET') {
      // All of them, whatever page is asked for; the registry's are many.
      const registry = Array.from({ length: 600 }, (_, at) => ({ id: this.#id(), name: `c${at}` }))
      return { data: of === 'declarative_sources' ? this.manifests : [...registry, ...this.images] }
    }
    if (this.#options.role === 'reader') throw new Refusal(403, 'the role is too small')
    if (of === 'declarative_sources') return this.#manifest(id, body)
    if (this.#options.kind === 'cloud') {
      const sentence = 'Non-declarative definitions cannot be created or updated in Airbyte Cloud.'
      throw new Refusal(400, sentence)
    }
    if (id === undefined) {
      only(body, ['name', 'dockerRepository', 'dockerImageTag', 'documentationUrl'])
      this.images.push({ id: this.#id(), ...body })
      return this.images.at(-1)
    }
    only(body, ['name', 'dockerImageTag'])
    const found = this.images.find((one) => one.id === id)
    if (!found) throw new Refusal(400, 'Public definitions cannot be modified.')
    return Object.assign(found, body)
  }

  #manifest(id: string | undefined, body: Loose): Loose {
    only(body, id === undefined ? ['name', 'manifest'] : ['manifest'])
    const { manifest } = body
    if (!manifest.spec?.connection_specification) throw new Refusal(400, 'it has no spec')
    if (!this.#options.manifests.includes(manifest.version.split('.')[0])) {
      throw new Refusal(409, `no version of ${manifest.version}`)
    }
    if (id === undefined) {
      this.manifests.push({ id: this.#id(), version: 1, ...body })
      return this.manifests.at(-1)
    }
    const found = this.manifests.find((one) => one.id === id)
    if (!found) throw new Refusal(404, 'no such definition')
    return Object.assign(found, { manifest, version: found.version + 1 })
  }

  #actors(
    method: string,
    kind: 'sources' | 'destinations',
    id: string | undefined,
    body: Loose,
    search: URLSearchParams,
  ): Loose {
    const one = kind.slice(0, -1)
    const all = this[kind]
    if (method === 'GET') return page(all.map(told), search)
    const { sourceType: _s, destinationType: _d, ...configuration } = body.configuration
    if (method === 'POST') {
      only(body, ['name', 'workspaceId', 'definitionId', 'configuration'])
      const isKnown =
        kind === 'destinations'
          ? body.definitionId === postgresId ||
            this.images.some((it) => it.id === body.definitionId)
          : [...this.manifests, ...this.images].some((it) => it.id === body.definitionId)
      if (!isKnown) throw new Refusal(404, 'no such definition')
      const type = body.definitionId === postgresId ? 'postgres' : ''
      const more = { [`${one}Id`]: this.#id(), [`${one}Type`]: type, createdAt: 1_800_000_000 }
      all.push({ ...body, ...more, configuration })
      return told(all.at(-1))
    }
    only(body, ['name', 'configuration'])
    const found = all.find((it) => it[`${one}Id`] === id)
    if (!found) throw new Refusal(404, `no such ${one}`)
    const kept = Object.entries(configuration).filter(([, value]) => value !== MASK)
    const merged = { ...found.configuration, ...Object.fromEntries(kept) }
    return told(Object.assign(found, { name: body.name, configuration: merged }))
  }

  #connection(method: string, id: string | undefined, body: Loose, search: URLSearchParams): Loose {
    if (method === 'GET') return page(this.connections, search)
    const at = this.connections.findIndex((one) => one.connectionId === id)
    if (method === 'DELETE') {
      this.connections.splice(at, 1)
      return undefined
    }
    only(body, CONNECTION_FIELDS)
    for (const stream of body.configurations.streams) {
      only(stream, STREAM_FIELDS)
      const offered = this.manifests[0]?.manifest.streams.map((one: Loose) => one.name)
      if (offered?.includes(stream.name) === false) {
        throw new Refusal(400, 'Invalid stream found.')
      }
    }
    const { schedule, configurations } = body
    const wished = {
      tags: [],
      ...body,
      // It names the zone, which it does not take.
      schedule: { ...schedule, cronExpression: `${schedule.cronExpression} UTC` },
      configurations: {
        streams: configurations.streams.map((stream: Loose) => ({ mappers: [], ...stream })),
      },
    }
    if (method === 'PATCH') return Object.assign(this.connections[at], wished)
    this.connections.push({ connectionId: this.#id(), createdAt: 1_800_000_000, ...wished })
    return this.connections.at(-1)
  }

  #id(): string {
    return `10000000-0000-4000-8000-${String(this.#made++).padStart(12, '0')}`
  }
}

/** `next` is an address for as long as the page has anything. */
function page(all: Loose[], search: URLSearchParams): Loose {
  const [limit, offset] = [Number(search.get('limit') ?? 20), Number(search.get('offset') ?? 0)]
  const data = all.slice(offset, offset + limit)
  return { previous: '', next: data.length > 0 ? '/next' : '', data }
}

function told(actor: Loose): Loose {
  const masked = Object.entries(actor.configuration).map(([key, value]) => [
    key,
    SECRETS.test(key) ? MASK : value,
  ])
  return { ...actor, configuration: Object.fromEntries(masked) }
}

function only(body: Loose, fields: string[]): void {
  const strange = Object.keys(body).find((key) => !fields.includes(key))
  if (strange !== undefined) throw new Refusal(400, `Unrecognized field "${strange}"`)
}
