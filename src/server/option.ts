// What an option of ours is: one of std/options, and which command makes a change of it count.
import type { OptionSpec } from '../std/options.ts'

/**
 * Which command makes a changed value count: the one that it is given to (`at once`), `setup`, or
 * `start`. What counts `at first start` is part of what the data folder holds, and stays.
 */
export type Applies = 'at once' | 'at setup' | 'at start' | 'at first start'

export type TartanOption = OptionSpec & { applies: Applies }

export const PORT = { type: 'integer', min: 1, max: 65_535 } as const
