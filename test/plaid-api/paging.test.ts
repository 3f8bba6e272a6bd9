// The paging loop's state machine, without a bank: from any answers it comes to an end, and to the
// right one.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  emptyPagesMax,
  type LoopMode,
  nextStep,
  type PageSeen,
  pagesMax,
  type Paging,
  type PagingEvent,
  repeatedPagesMax,
  restartsMax,
  startPaging,
} from '../../src/plaid-api/ingest/paging.ts'
import { MUTATION } from '../../src/plaid/errors.ts'

const page = (nextCursor: string, more: Partial<PageSeen> = {}): PageSeen => ({
  kind: 'page',
  nextCursor,
  hasMore: true,
  records: 1,
  ids: nextCursor,
  historyComplete: true,
  ...more,
})
const last = (nextCursor: string, more: Partial<PageSeen> = {}) =>
  page(nextCursor, { hasMore: false, ...more })
const mutation = { kind: 'refused', code: MUTATION } as const
const badCursor = { kind: 'refused', code: 'INVALID_FIELD' } as const

function begin(mode: LoopMode, base = 'base', purpose: 'pull' | 'verify' = 'pull'): Paging {
  return startPaging({ purpose, mode, base }, undefined).paging
}

/** The steps that a row of events leads to, and where the reading is then. */
function play(paging: Paging, events: PagingEvent[]) {
  const steps: string[] = []
  let at = paging
  for (const event of events) {
    const next = nextStep(at, event)
    at = next.paging
    const { step } = next
    steps.push(
      step.kind === 'stage'
        ? ['stage', step.complete ? 'complete' : '', step.sweep ? 'sweep' : ''].join(' ').trim()
        : step.kind === 'end'
          ? step.reading
          : step.kind === 'begin'
            ? `begin ${at.mode} at “${at.cursor}”`
            : step.kind === 'fail'
              ? step.error.code
              : step.kind,
    )
  }
  return { steps: steps.join(', '), at }
}

describe('a reading', () => {
  test.each<[string, Paging, PagingEvent[], string]>([
    ['ends', begin('incremental'), [page('a'), last('b')], 'stage, stage complete'],
    ['sees nothing new', begin('incremental'), [last('base', { records: 0 })], 'stage complete'],
    ['is early', begin('incremental', ''), [last('', { records: 0 })], 'not ready'],
    ['of all sweeps', begin('full'), [page('a'), last('b')], 'stage, stage complete sweep'],
    ['to verify sweeps nothing', begin('full', '', 'verify'), [last('b')], 'stage complete'],
    [
      'of an incomplete history sweeps nothing, and asks with the Item’s own cursor',
      begin('full'),
      [page('a'), last('b', { historyComplete: false }), last('c')],
      'stage, begin incremental at “base”, stage complete',
    ],
    [
      'of a first history takes what there is',
      begin('full', ''),
      [last('b', { historyComplete: false })],
      'stage complete',
    ],
    [
      'that a change interrupts begins again at its first cursor',
      begin('incremental'),
      [page('a'), mutation, last('c')],
      'stage, begin incremental at “base”, stage complete',
    ],
    [
      'that changes keep interrupting becomes one of all, and gives up in the end',
      begin('incremental'),
      Array.from({ length: 2 * restartsMax + 1 }, () => mutation),
      [
        ...Array.from({ length: restartsMax }, () => 'begin incremental at “base”'),
        ...Array.from({ length: restartsMax }, () => 'begin full at “”'),
        MUTATION,
      ].join(', '),
    ],
    [
      'whose cursor Plaid refuses reads all from the beginning',
      begin('incremental'),
      [badCursor, page('a'), last('b')],
      'begin full at “”, stage, stage complete sweep',
    ],
    [
      'whose cursor is refused while the history is incomplete waits for it',
      begin('incremental'),
      [badCursor, last('b', { historyComplete: false })],
      'begin full at “”, not ready',
    ],
    [
      'whose later cursor is refused begins again',
      begin('incremental'),
      [page('a'), badCursor, badCursor],
      'stage, begin incremental at “base”, begin full at “”',
    ],
    ['without a cursor has none to refuse', begin('incremental', ''), [badCursor], 'give up'],
    [
      'leaves every other failure to whoever asked',
      begin('incremental'),
      [page('a'), { kind: 'refused', code: 'INSTITUTION_DOWN' }],
      'stage, give up',
    ],
    ['that stands still fails', begin('incremental'), [page('base')], 'PAGING_ENDLESS'],
    [
      'that stands still later fails',
      begin('incremental'),
      [page('a'), page('a')],
      'stage, PAGING_ENDLESS',
    ],
    [
      'with more and no cursor fails',
      begin('incremental'),
      [page('', { records: 0 })],
      'PAGING_ENDLESS',
    ],
    ['with rows and no cursor fails', begin('incremental'), [last('')], 'PAGING_ENDLESS'],
  ])('that %s', (_, paging, events, steps) => {
    expect(play(paging, events).steps).toBe(steps)
  })

  test('that goes round is ended, however long the round and the way to it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 300 }), (way, round) => {
        let paging = begin('incremental')
        for (let n = 1; ; n++) {
          const cursor = n <= way ? `way ${n}` : `round ${(n - way) % round}`
          const next = nextStep(paging, page(cursor))
          if (next.step.kind === 'fail') break
          paging = next.paging
          expect(n).toBeLessThan(4 * (way + round) + 4)
        }
      }),
    )
  })

  test('of pages that bring nothing, or of more than any history has, is ended', () => {
    const pagesRead = (records: number, round = Infinity) => {
      let paging = begin('incremental')
      for (let n = 1; ; n++) {
        const ids = `ids ${n % round}`
        const next = nextStep(paging, page(`c${n}`, { records, ids }))
        if (next.step.kind === 'fail') return n
        paging = next.paging
      }
    }
    expect(pagesRead(0)).toBe(emptyPagesMax)
    expect(pagesRead(1)).toBe(pagesMax)
    // The same again and again, with cursors that move: one page for ever, or a round of some.
    expect(pagesRead(1, 1)).toBe(repeatedPagesMax + 1)
    for (const round of [2, 3, 7]) {
      expect(pagesRead(1, round)).toBeLessThan(2 * round * (repeatedPagesMax + round))
    }
  })

  test('of any answers ends, and is complete only after a last page', () => {
    const ids = fc.constantFrom('x', 'y', 'z')
    const status = { historyComplete: fc.boolean(), records: fc.nat({ max: 2 }), ids }
    const event: fc.Arbitrary<PagingEvent> = fc.oneof(
      fc.record({
        kind: fc.constant('page' as const),
        nextCursor: fc.constantFrom('', 'base', 'a', 'b', 'c'),
        hasMore: fc.boolean(),
        ...status,
      }),
      fc.constant(mutation),
      fc.constant(badCursor),
    )
    const modes = fc.constantFrom('incremental' as const, 'full' as const)
    fc.assert(
      fc.property(
        modes,
        fc.constantFrom('', 'base'),
        fc.infiniteStream(event),
        (mode, base, all) => {
          let paging = begin(mode, base)
          for (let calls = 1; ; calls++) {
            expect(calls).toBeLessThan(2_000)
            const seen = all.next().value as PagingEvent
            const { step, paging: at } = nextStep(paging, seen)
            if (step.kind === 'stage' && step.complete) {
              expect(seen).toMatchObject({ kind: 'page', hasMore: false })
              if (step.sweep) expect(seen).toMatchObject({ historyComplete: true })
              // Whoever could not ask with the Item's cursor has to have seen everything.
              if (at.mode === 'full' && base !== '') expect(step.sweep).toBe(true)
              return
            }
            if (step.kind === 'end' || step.kind === 'fail' || step.kind === 'give up') return
            paging = at
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('what an earlier reading left', () => {
  const left = {
    mode: 'incremental' as LoopMode,
    base_cursor: 'base',
    next_cursor: 'c7',
    pages: 7,
    restarts: 2,
    complete: false,
  }
  test.each([
    ['goes on', { mode: 'incremental' }, {}, 'read'],
    ['of all serves for less', { mode: 'incremental' }, { mode: 'full' }, 'read'],
    ['of less does not serve for all', { mode: 'full' }, {}, 'begin'],
    ['of another cursor is worth nothing', { base: 'other' }, {}, 'begin'],
    ['is whole', {}, { complete: true }, 'end'],
    [
      'to verify by goes on, whatever was pulled since',
      { purpose: 'verify', base: 'x' },
      {},
      'read',
    ],
    ['to verify by is old when it is whole', { purpose: 'verify' }, { complete: true }, 'begin'],
  ])('%s', (_, wanted, more, step) => {
    const all = { purpose: 'pull', mode: 'incremental', base: 'base', ...wanted }
    const next = startPaging(all as Parameters<typeof startPaging>[0], {
      ...left,
      ...(more as Partial<typeof left>),
    })
    expect(next.step.kind).toBe(step)
    if (step === 'read') expect(next.paging).toMatchObject({ cursor: 'c7', pages: 7, restarts: 2 })
    if (step === 'begin') expect(next.paging).toMatchObject({ pages: 0, restarts: 0 })
  })
})
