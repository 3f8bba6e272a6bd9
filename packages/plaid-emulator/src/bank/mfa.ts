// What an institution asks besides a password. Plaid's Sandbox chooses it by the password of
// user_good (`mfa_device`, `mfa_questions_<rounds>_<questions>`, `mfa_selections`), or by the
// `mfa` field of a custom user's JSON; the right answers are documented, so a person can pass.
// https://plaid.com/docs/sandbox/test-credentials/

export interface Login {
  username: string
  password: string
}

export interface Prompt {
  text: string
  /** What one may choose from; null where one types. */
  choices: readonly string[] | null
  answer: string
}

export interface Round {
  type: 'code' | 'questions' | 'selections'
  prompts: readonly Prompt[]
}

export interface MfaPlan {
  /** Where a code can be sent; empty where none is. */
  devices: readonly string[]
  rounds: readonly Round[]
}

/** What this login is asked for; null where the password is enough. */
export function mfaOf({ username, password }: Login): MfaPlan | null {
  if (username === 'user_custom') return customPlan(password)
  if (password === 'mfa_device') return DEVICE
  if (password === 'mfa_selections') return selections(1, 1, 2, ['Yes', 'No'])
  const [, kind, ...counts] = PATTERN.exec(password) ?? []
  const [rounds = 1, each = 1, choices = 2] = counts.filter(Boolean).map(Number)
  if (rounds < 1 || each < 1 || choices < 2) return null
  if (kind === 'questions') return questions(rounds, each)
  return kind === 'selections' ? selections(rounds, each, choices) : null
}

export function isRight(round: Round, answers: readonly string[]): boolean {
  return round.prompts.every(({ answer }, i) => answers[i]?.trim() === answer)
}

/** Rounds, questions a round and choices a question: one digit each, as in the Sandbox. */
const PATTERN = /^mfa_(questions|selections)_(\d)_(\d)(?:_(\d))?$/
const countMax = 9

const DEVICE: MfaPlan = {
  devices: ['Text message to •••• 5309', 'Call to •••• 5309', 'E-mail to p•••s@example.com'],
  rounds: [{ type: 'code', prompts: [{ text: 'Security code', choices: null, answer: '1234' }] }],
}

const QUESTIONS = [
  'What was the name of your first pet?',
  'In which town did you grow up?',
  'What was the make of your first car?',
  'What is your favorite breakfast?',
]

function questions(rounds: number, each: number): MfaPlan {
  return plan(rounds, each, 'questions', (i, j) => ({
    text: QUESTIONS[(i * each + j) % QUESTIONS.length] ?? '',
    choices: null,
    answer: `answer_${i}_${j}`,
  }))
}

function selections(rounds: number, each: number, choices: number, named?: string[]): MfaPlan {
  return plan(rounds, each, 'selections', (i, j) => {
    const list = named ?? Array.from({ length: choices }, (_, k) => `answer_${i}_${j}_${k}`)
    return { text: SELECTIONS[j % SELECTIONS.length] ?? '', choices: list, answer: list[0] ?? '' }
  })
}

const SELECTIONS = ['Do you have a checking account here?', 'Do you have a savings account here?']

function plan(
  rounds: number,
  each: number,
  type: Round['type'],
  prompt: (round: number, place: number) => Prompt,
): MfaPlan {
  return {
    devices: [],
    rounds: Array.from({ length: rounds }, (_, i) => ({
      type,
      prompts: Array.from({ length: each }, (_, j) => prompt(i, j)),
    })),
  }
}

/** The `mfa` of a custom user; what is wrong with the rest of its JSON is said where it is read. */
function customPlan(password: string): MfaPlan | null {
  const mfa = mfaField(password)
  const count = (field: string, fallback: number): number => {
    const value = Number(mfa?.[field] ?? fallback)
    return Number.isInteger(value) ? Math.min(Math.max(value, 1), countMax) : fallback
  }
  switch (mfa?.['type']) {
    case 'device':
      return DEVICE
    case 'questions':
      return questions(count('question_rounds', 1), count('questions_per_round', 1))
    case 'selections':
      return selections(
        count('selection_rounds', 1),
        count('questions_per_round', 2),
        Math.max(count('selections_per_question', 2), 2),
      )
    default:
      return null
  }
}

function mfaField(json: string): Record<string, unknown> | undefined {
  try {
    const user = JSON.parse(json) as { mfa?: unknown } | null
    return typeof user?.mfa === 'object' && user.mfa !== null
      ? (user.mfa as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
