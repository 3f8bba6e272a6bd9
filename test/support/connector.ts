// A connector as a platform runs it: its real entrypoint as a process, files for its inputs,
// messages over stdio.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { AirbyteMessage, StateMessage, TraceError } from '../../src/protocol/message.ts'
import { lines, write } from '../../src/std/jsonl.ts'

export interface ConnectorInputs {
  config?: unknown
  catalog?: unknown
  state?: unknown
}

export interface ConnectorResult {
  code: number | null
  signal: NodeJS.Signals | null
  messages: AirbyteMessage[]
  states: StateMessage[]
  errors: TraceError[]
  stderr: string
}

export class ConnectorProcess implements AsyncDisposable {
  readonly messages: AirbyteMessage[] = []
  /** Stdout as it came. */
  raw = ''
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #ended: Promise<[number | null, NodeJS.Signals | null]>
  readonly #listened: Promise<void>
  #stderr = ''
  #heard: (() => void)[] = []

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.#folder = folder
    this.#ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()))
    child.stdin?.on('error', () => {}) // a killed process; the test looks at its exit
    this.#listened = this.#listen()
    this.#listened.catch(() => {}) // told by result()
  }

  static async start(
    room: string,
    verb: string,
    inputs: ConnectorInputs = {},
    env: Record<string, string> = {},
  ): Promise<ConnectorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'tartan connector '))
    const args = [resolve(import.meta.dirname, `../../src/${room}/main.ts`), verb]
    for (const [name, value] of Object.entries(inputs)) {
      const path = join(folder, `${name}.json`)
      await writeFile(path, JSON.stringify(value), { mode: 0o600 })
      args.push(`--${name}`, path)
    }
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    return new ConnectorProcess(child, folder)
  }

  get pid(): number {
    return this.#child.pid!
  }

  async send(...messages: (object | string)[]): Promise<void> {
    const texts = messages.map((m) => (typeof m === 'string' ? m : JSON.stringify(m)))
    const stdin = this.#child.stdin!
    if (stdin.destroyed) throw new Error('the process is gone')
    if (texts.length > 0) await write(stdin, `${texts.join('\n')}\n`)
  }

  end(): void {
    this.#child.stdin!.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when what it said so far satisfies the test; rejects when it ends before. */
  async until(found: (messages: AirbyteMessage[]) => boolean): Promise<void> {
    let over = false
    void this.#ended.finally(() => {
      over = true
      this.#tell()
    })
    while (!found(this.messages)) {
      if (over) throw new Error(`it ended first: ${JSON.stringify(this.messages)}${this.#stderr}`)
      await new Promise<void>((heard) => this.#heard.push(heard))
    }
  }

  async result(): Promise<ConnectorResult> {
    const [code, signal] = await this.#ended
    await this.#listened
    const { messages } = this
    return {
      code,
      signal,
      messages,
      states: messages.flatMap((m) => (m.type === 'STATE' ? [m.state] : [])),
      errors: messages.flatMap((m) => (m.type === 'TRACE' && m.trace.error ? [m.trace.error] : [])),
      stderr: this.#stderr,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
    }
    await this.#ended
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #listen(): Promise<void> {
    for await (const line of lines(this.#child.stdout!)) {
      const text = line.toString()
      this.raw += `${text}\n`
      try {
        this.messages.push(JSON.parse(text) as AirbyteMessage)
      } catch (error) {
        // Whoever is killed in the middle of a write leaves a last line without its end.
        if (!this.#child.killed) throw error
      }
      this.#tell()
    }
  }

  #tell(): void {
    const heard = this.#heard
    this.#heard = []
    for (const wake of heard) wake()
  }
}

/** One command from its start to its end. */
export async function runConnector(
  room: string,
  verb: string,
  inputs: ConnectorInputs = {},
  input: (object | string)[] = [],
  env: Record<string, string> = {},
): Promise<ConnectorResult> {
  await using connector = await ConnectorProcess.start(room, verb, inputs, env)
  await connector.send(...input)
  connector.end()
  return await connector.result()
}
