// Link's machine under every order of inputs that a person, a stale form or a program can make.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mfaOf } from '../src/bank/mfa.ts'
import type { Directory, Effect, Flow, Input, Terms } from '../src/link/flow.ts'
import { begin, isOver, step } from '../src/link/session.ts'

const LOCKED = {
  error_type: 'ITEM_ERROR',
  error_code: 'ITEM_LOCKED',
  error_message: 'locked',
  display_message: null,
}
const WRONG = { ...LOCKED, error_code: 'INVALID_CREDENTIALS' }
const DOWN = { ...LOCKED, error_code: 'INSTITUTION_DOWN' }
const OFFERS = ['0', '1'].map((key) => {
  const kind = { type: 'depository', subtype: 'checking', shared: true }
  return { key, name: `Account ${key}`, mask: null, ...kind }
})
const GOOD = new Set(['good', 'mfa_device', 'mfa_questions_2_1', 'mfa_selections'])

const directory: Directory = {
  institution: (id) =>
    ({
      plain: { oauth: false, refusal: null },
      oauth: { oauth: true, refusal: null },
      down: { oauth: false, refusal: DOWN },
    })[id],
  found: () => 1,
  refusal: (_, { password }) =>
    password === 'locked' ? LOCKED : GOOD.has(password) ? null : WRONG,
  offers: () => OFFERS,
}

const login = fc.record({
  username: fc.constant('user_good'),
  password: fc.constantFrom('good', 'locked', 'wrong', 'mfa_device', 'mfa_questions_2_1'),
})
const input: fc.Arbitrary<Input> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('continue', 'authorize', 'denied', 'retry', 'back', 'more', 'done'),
  }),
  fc.record({ kind: fc.constant('search' as const), query: fc.string() }),
  fc.record({
    kind: fc.constant('choose' as const),
    institutionId: fc.constantFrom('plain', 'oauth', 'down', 'none'),
  }),
  fc.record({ kind: fc.constantFrom('sign-in', 'authorized'), login }),
  fc.record({
    kind: fc.constant('device' as const),
    device: fc.constantFrom(
      '?',
      ...(mfaOf({ username: '', password: 'mfa_device' })?.devices ?? []),
    ),
  }),
  fc.record({
    kind: fc.constant('answers' as const),
    answers: fc.array(fc.constantFrom('1234', 'answer_0_0', 'answer_1_0', 'x'), { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('accounts' as const),
    keys: fc.array(fc.constantFrom('0', '1', '2'), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('exit' as const) }),
)
const terms: fc.Arbitrary<Terms> = fc.record({
  updates: fc.boolean(),
  institutionId: fc.constantFrom(null, 'plain', 'oauth'),
  selects: fc.constantFrom('none', 'one', 'many'),
  multiItem: fc.boolean(),
})

test('links nothing but what a verified person chose, and ends once', () => {
  fc.assert(
    fc.property(terms, fc.array(input, { maxLength: 40 }), (terms, inputs) => {
      let { flow } = begin(terms)
      const effects: Effect[] = []
      const passed: Flow[] = [flow]
      for (const input of inputs) {
        const made = step(flow, input, terms, directory)
        for (const effect of made.effects) {
          if (effect.kind === 'link') expectRight(effect, flow, input, terms)
        }
        effects.push(...made.effects)
        flow = made.flow
        passed.push(flow)
        if (made.effects.some(({ kind }) => kind !== 'link')) break
      }
      const links = effects.filter(({ kind }) => kind === 'link').length
      expect(flow.linked).toBe(links)
      if (!terms.multiItem) expect(links).toBeLessThanOrEqual(1)
      if (flow.pane.name === 'exited') expect(links).toBe(0)
      if (!terms.multiItem) expect(passed.filter(({ pane }) => isOver(pane)).length < 2).toBe(true)
    }),
    { numRuns: 3_000 },
  )
})

/** The login was good, its questions were answered, and the accounts were offered. */
function expectRight(
  effect: Extract<Effect, { kind: 'link' }>,
  before: Flow,
  input: Input,
  { institutionId, selects }: Terms,
): void {
  expect(GOOD.has(effect.login.password)).toBe(true)
  if (institutionId !== null) expect(effect.institutionId).toBe(institutionId)
  expect(effect.keys.length).toBeGreaterThan(0)
  expect(OFFERS.map(({ key }) => key)).toEqual(expect.arrayContaining([...effect.keys]))
  if (selects === 'one') expect(effect.keys.length).toBe(1)
  if (selects !== 'none') expect(before.pane.name).toBe('accounts')
  else if (mfaOf(effect.login) !== null && effect.institutionId !== 'oauth') {
    expect(input.kind).toBe('answers')
  }
}

test('asks for everything between the password and the accounts', () => {
  const terms: Terms = { updates: false, institutionId: null, selects: 'many', multiItem: false }
  const user = { username: 'user_good', password: 'mfa_questions_2_1' }
  const way: [Input, Flow['pane']['name']][] = [
    [{ kind: 'choose', institutionId: 'plain' }, 'consent'],
    [{ kind: 'continue' }, 'institutions'],
    [{ kind: 'accounts', keys: ['0'] }, 'institutions'],
    [{ kind: 'choose', institutionId: 'plain' }, 'credentials'],
    [{ kind: 'sign-in', login: user }, 'mfa'],
    [{ kind: 'accounts', keys: ['0'] }, 'mfa'],
    [{ kind: 'answers', answers: ['answer_0_0'] }, 'mfa'],
    [{ kind: 'answers', answers: ['answer_1_0'] }, 'accounts'],
    [{ kind: 'accounts', keys: ['7'] }, 'accounts'],
    [{ kind: 'accounts', keys: ['0'] }, 'success'],
    [{ kind: 'exit' }, 'success'],
  ]
  let { flow } = begin(terms)
  for (const [input, pane] of way) {
    flow = step(flow, input, terms, directory).flow
    expect([input.kind, flow.pane.name]).toEqual([input.kind, pane])
  }
})
