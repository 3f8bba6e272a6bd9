// A scenario: a file that says which world it wants and what is to happen in it, each step one line
// that is a command of the table. Whatever is wrong in it is told with its line before it runs.
import { readFile } from 'node:fs/promises'
import { type Static, Type } from '../../../../src/std/type.ts'
import { isMap, isNode, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { classify, ConfigError, messageOf } from '../../../../src/std/errors.ts'
import { checkBy } from '../../../../src/std/schema-check.ts'
import { durationMs } from '../bank/clock.ts'
import { PACES, type ReadinessPace } from '../item/ready.ts'
import { type World, WORLDS } from '../world/worlds.ts'
import type { Prepared } from './command.ts'
import { prepareCommand } from './commands.ts'
import { type Rates, RATES } from './rate-limits.ts'

const stepsMax = 10_000
const fileCharactersMax = 1_000_000

/** What the world is to be; it stands above the emulator's own options. */
const SETTINGS = Type.Object(
  {
    world: Type.Optional(Type.Enum([...WORLDS])),
    seed: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    date: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
    readiness: Type.Optional(Type.Enum([...PACES])),
    items_expire_after: Type.Optional(Type.Integer({ minimum: 0, maximum: 36_500 })),
    rate_limits: Type.Optional(Type.Enum([...RATES])),
    steps: Type.Optional(Type.Array(Type.Unknown(), { maxItems: stepsMax })),
  },
  { additionalProperties: false },
)
const check = checkBy(SETTINGS)

export interface Step {
  line: number
  /** The command's name. */
  name: string
  /** After the world's beginning. */
  afterMs: number
  run: Prepared
}

export interface Scenario {
  file: string
  /** By the names that the emulator's options have. */
  options: {
    world?: World
    seed?: string
    startDate?: string
    readiness?: ReadinessPace
    itemsExpireAfter?: number
    rateLimits?: Rates
  }
  steps: Step[]
}

export async function readScenario(file: string): Promise<Scenario> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const sentence = `the scenario ${file} cannot be read: ${messageOf(cause)}`
    throw new ConfigError('SCENARIO_UNREADABLE', sentence, { cause })
  })
  return parseScenario(file, text)
}

function parseScenario(file: string, text: string): Scenario {
  const wrong = (line: number, what: string, field?: string): ConfigError =>
    new ConfigError(
      'SCENARIO_INVALID',
      `${file}:${line}: ${what}`,
      field === undefined ? {} : { field },
    )
  if (text.length > fileCharactersMax) {
    throw wrong(1, `a scenario has at most ${fileCharactersMax} characters`)
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const lineAt = (node: unknown): number =>
    isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1
  const [error] = document.errors
  if (error !== undefined) {
    throw wrong(error.linePos?.[0].line ?? 1, error.message.split('\n', 1)[0] ?? 'no YAML')
  }
  const value = (document.toJS() ?? {}) as Static<typeof SETTINGS>
  const found = check(value)
  if (found) {
    const { path, keyword, message } = found
    const [field = 'scenario'] = path
    const said =
      keyword === 'additionalProperties' ? 'is not something that a scenario has' : message
    throw wrong(lineAt(document.getIn(path, true)), `${path.join('.') || field} ${said}`, field)
  }
  const { world, seed, date, readiness, items_expire_after, rate_limits, steps = [] } = value
  const node = document.get('steps')
  let afterMs = 0
  return {
    file,
    options: {
      ...(world === undefined ? {} : { world }),
      ...(seed === undefined ? {} : { seed }),
      ...(date === undefined ? {} : { startDate: date }),
      ...(readiness === undefined ? {} : { readiness }),
      ...(items_expire_after === undefined ? {} : { itemsExpireAfter: items_expire_after }),
      ...(rate_limits === undefined ? {} : { rateLimits: rate_limits }),
    },
    steps: steps
      .map((step, i) => {
        const at = isSeq<Node>(node) ? node.items[i] : undefined
        try {
          const { after, name, run } = stepOf(step)
          afterMs = after ?? afterMs
          return { line: lineAt(at), name, afterMs, run }
        } catch (cause) {
          const { message, field } = classify(cause)
          throw wrong(lineAt(fieldOf(at, field) ?? at), message, field)
        }
      })
      .toSorted((a, b) => a.afterMs - b.afterMs),
  }
}

/** `{ at: 3d, command: … }`; without `at`, with the step before it. */
function stepOf(step: unknown): { after: number | undefined; name: string; run: Prepared } {
  if (typeof step !== 'object' || step === null || Array.isArray(step)) {
    throw new ConfigError('STEP_INVALID', 'a step looks like ‘- advance: 30d’')
  }
  const { at, ...command } = step as { at?: unknown }
  if (at !== undefined && typeof at !== 'string') {
    throw new ConfigError('STEP_INVALID', 'at must look like 3d, 6h, 15m or 20s', { field: 'at' })
  }
  const after = at === undefined ? undefined : durationMs(at)
  return { after, name: Object.keys(command)[0] ?? '', run: prepareCommand(command) }
}

/** The place of a field in a step or in its command, for its line. */
function fieldOf(step: Node | undefined, field: string | undefined): unknown {
  if (!isMap(step) || field === undefined) return undefined
  for (const { value } of step.items) {
    const found = isMap(value) ? value.get(field, true) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
