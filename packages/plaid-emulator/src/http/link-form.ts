// Link's forms, read: which step a form takes, and which steps one request of a program takes.
import type { Login } from '../bank/mfa.ts'
import type { Input } from '../link/flow.ts'
import type { OpenSession } from '../link/open-session.ts'

/** A search is a few words; answers and accounts are as many as a page can show. */
const queryLengthMax = 100
const valuesMax = 100

/** The step that a form takes; undefined for what no pane of ours sends. */
export function inputOf(form: URLSearchParams): Input | undefined {
  const action = form.get('action') ?? ''
  switch (action) {
    case 'continue':
    case 'authorize':
    case 'retry':
    case 'back':
    case 'more':
    case 'done':
    case 'exit':
      return { kind: action }
    case 'search':
      return { kind: 'search', query: (form.get('query') ?? '').slice(0, queryLengthMax) }
    case 'choose':
      return { kind: 'choose', institutionId: form.get('institution_id') ?? '' }
    case 'sign-in':
      return { kind: 'sign-in', login: loginOf(form) }
    case 'device':
      return { kind: 'device', device: form.get('device') ?? '' }
    case 'answers':
      return { kind: 'answers', answers: answersOf(form) }
    case 'accounts':
      return { kind: 'accounts', keys: form.getAll('account').slice(0, valuesMax) }
    default:
      return undefined
  }
}

export function loginOf(form: URLSearchParams): Login {
  return { username: form.get('username') ?? '', password: form.get('password') ?? '' }
}

/**
 * A program's steps, from consent to the end, each made when the one before has been taken: with
 * `mfa` values in the order of the questions, and `account` masks; without any, every account is
 * shared.
 */
export function* expressInputs(form: URLSearchParams, session: OpenSession): Generator<Input> {
  if (form.get('action') === 'leave' || form.get('action') === 'exit') {
    yield { kind: 'exit' }
    return
  }
  const given = loginOf(form)
  const login = {
    username: given.username || (session.username ?? 'user_good'),
    password: given.password || 'pass_good',
  }
  yield { kind: 'continue' }
  if (session.flow.pane.name === 'institutions') {
    yield { kind: 'choose', institutionId: form.get('institution_id') ?? '' }
  }
  yield session.flow.pane.name === 'oauth'
    ? { kind: 'authorized', login }
    : { kind: 'sign-in', login }
  yield* verification(form, session)
  const { offers } = session.flow
  const wanted = form.getAll('account').slice(0, valuesMax)
  const chosen = offers.filter(({ mask, name }) => wanted.includes(mask ?? name))
  yield { kind: 'accounts', keys: (wanted.length > 0 ? chosen : offers).map(({ key }) => key) }
  yield { kind: 'done' }
}

function* verification(form: URLSearchParams, { flow }: OpenSession): Generator<Input> {
  const answers = form.getAll('mfa').slice(0, valuesMax)
  const [device] = flow.mfa?.devices ?? []
  if (device !== undefined) yield { kind: 'device', device }
  for (const round of flow.mfa?.rounds ?? []) {
    yield { kind: 'answers', answers: answers.splice(0, round.prompts.length) }
  }
}

/** `answer_0`, `answer_1` and so on, as the pane names its fields. */
function answersOf(form: URLSearchParams): string[] {
  const answers: string[] = []
  for (let i = 0; i < valuesMax; i++) {
    const answer = form.get(`answer_${i}`)
    if (answer === null) break
    answers.push(answer)
  }
  return answers
}
